// A hub's store in a process of its own, to be killed or to run out of room: node child.mjs <what> <path>.
// Uses the compiled program, as `npm test` leaves it in dist/.
import { randomBytes } from 'node:crypto';
import { openSqlite } from '../../dist/src/store/sqlite/open.js';

const [what, path] = process.argv.slice(2);
const say = (line) => process.stdout.write(`${line}\n`);

const store = await openSqlite({
  path,
  now: () => Date.now(),
  random: randomBytes,
  onFailure: (error) => say(`onFailure ${error.name}`),
}).catch((error) => {
  say(`refused ${error.name} ${error.message}`);
  process.exit(2);
});
say('open');

if (what === 'own') setInterval(() => undefined, 60_000);
if (what === 'write')
  for (;;) say((await Promise.all(Array.from({ length: 20 }, () => store.transact([], makeOrder)))).join(' '));
if (what === 'fail') await writeUntilItFails();
if (what === 'backup') {
  say((await Promise.all(Array.from({ length: 20 }, () => store.transact([], makeOrder)))).join(' '));
  await store.backup(`${path}-backups/today/copy.db`);
  say('backed up');
  setInterval(() => undefined, 60_000);
}

function makeOrder(_state, context) {
  const id = context.newId('ord_');
  const seq = context.nextSeq();
  const row = { type: 'order', id, version: 1, data: { pad: 'x'.repeat(1_000) }, stamps: {}, deleted: false };
  const record = { ...row, mergedInto: null, createdAt: context.now, updatedAt: context.now };
  const none = { externalId: null, dueAt: null, lastAttemptAt: null, lastError: null, parkedOn: null, mapping: null };
  const counts = { wantedSeq: seq, wantedVersion: 1, syncedSeq: 0, attempts: 0, deliveries: 0, lastDeliveredAt: null };
  const state = { state: 'behind', behindSince: context.now };
  const replica = { system: 'erp', type: 'order', recordId: id, ...state, ...none, ...counts };
  const what = {
    source: 'shop',
    op: 'created',
    units: {},
    refused: [],
    ambiguous: [],
    resend: null,
    traceparent: null,
  };
  const change = {
    seq,
    type: 'order',
    recordId: id,
    version: 1,
    ...what,
    occurredAt: context.now,
    recordedAt: context.now,
  };
  return { write: { records: [record], replicas: [replica], changes: [change] }, answer: id };
}

/** Ends with 7 once every later call is refused too. */
async function writeUntilItFails() {
  for (;;) {
    try {
      say(await store.transact([], makeOrder));
    } catch (error) {
      say(`failed ${error.name}`);
      const later = await Promise.allSettled([
        store.transact([], makeOrder),
        store.head(),
        store.ready(),
        store.claim('erp', 1, () => ({})),
      ]);
      say(`later ${later.map(({ reason }) => reason?.name).join(' ')}`);
      process.exit(7);
    }
  }
}
