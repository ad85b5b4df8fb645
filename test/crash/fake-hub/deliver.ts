// How the fake hub brings what it has to the systems that are pushed to.
import { request } from 'undici';
import type { Addresses } from '../hub.ts';
import { inTime } from '../in-time.ts';
import type { Row } from '../words.ts';
import type { Bug } from './bugs.ts';
import type { Flight, Kept, Order, Replica } from './kept.ts';

export interface Delivering {
  kept: Kept;
  bug: Bug | undefined;
  addresses: Addresses;
  now(): number;
  /** Aborted once the hub was killed: its connections are cut, and whatever comes back is for nobody. */
  life: AbortSignal;
}

/** Hub, systems and writers are one process here: its own work must not pass for a system that does not answer. */
const timeoutMs = 3_000;
const retryMs = 60;

/** One attempt, from what is kept to what became of it. */
export async function attempt(delivering: Delivering, replica: Replica): Promise<void> {
  const { bug, addresses, kept, life } = delivering;
  const order = kept.orders.get(replica.order);
  if (!order) return;
  const base = addresses[replica.system as 'crm' | 'wms'];
  const there = await isThere(base, replica, order, life);
  if (life.aborted) return;
  if (there === true) return settle(replica, replica.flight?.seq ?? 0);
  if (there === undefined) return failed(delivering, replica, undefined);
  const flight = flightOf(delivering, replica, order);
  replica.flight = flight;
  const answer = await send(base, flight, life);
  if (life.aborted) return;
  if (!answer && bug === 'forgets a send that got no answer') delete replica.flight;
  took(delivering, replica, answer);
}

function flightOf({ bug }: Delivering, replica: Replica, order: Order): Flight {
  const open = replica.flight;
  if (open && bug === 'repeats a key with the newest bytes') return { ...open, text: textOf(replica, order, bug) };
  if (open) return open;
  const { system, externalId, wanted: seq } = replica;
  const method = externalId === undefined ? 'POST' : system === 'crm' ? 'PUT' : 'PATCH';
  const path = externalId === undefined ? '/orders' : `/orders/${externalId}`;
  return { key: `${system}:order:${order.id}:${seq}`, method, path, text: textOf(replica, order, bug), seq };
}

function textOf({ system, wanted }: Replica, order: Order, bug: Bug | undefined): string {
  const { number, note, amount, quantity, staffNote } = order;
  const lines = bug === 'sends the lines of an edit later' && wanted % 3 === 0 ? quantity - 1 : quantity;
  const row: Row =
    system === 'crm'
      ? { orderNo: number, memo: note, amountFen: amount, goods: [{ no: '1', num: lines }], staffMemo: staffNote }
      : {
          order_code: number,
          note,
          declared_value: (amount / 100).toFixed(2),
          lines: [{ line_no: '1', qty: lines }],
          remark: staffNote,
        };
  return JSON.stringify(row);
}

interface Answer {
  status: number;
  id: string | undefined;
  waitMs: number;
}

/** @returns undefined when no answer came */
function send(base: string, { key, method, path, text }: Flight, life: AbortSignal): Promise<Answer | undefined> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  return inTime(timeoutMs, life, async (signal) => {
    const answer = await request(`${base}${path}`, { method, headers, body: text, signal });
    const body = (await answer.body.json()) as { id?: string };
    return { status: answer.statusCode, id: body.id, waitMs: Number(answer.headers['retry-after'] ?? 0) * 1000 };
  });
}

/**
 * The WMS knows no keys: before a create is repeated it is asked for the order.
 * @returns undefined when it gave no answer
 */
async function isThere(
  base: string,
  replica: Replica,
  { number }: Order,
  life: AbortSignal,
): Promise<boolean | undefined> {
  if (replica.system !== 'wms' || replica.externalId !== undefined || !replica.flight) return false;
  return inTime(timeoutMs, life, async (signal) => {
    const answer = await request(`${base}/orders?code=${number}`, { signal });
    const body = await answer.body.json();
    if (answer.statusCode !== 200) return undefined;
    const [found] = body as { id: string }[];
    if (found) replica.externalId = found.id;
    return found !== undefined;
  });
}

function took({ kept, bug, now }: Delivering, replica: Replica, answer: Answer | undefined): void {
  const status = answer?.status ?? 0;
  if (status >= 200 && status < 300) {
    replica.externalId ??= answer?.id ?? '';
    settle(replica, replica.flight?.seq ?? 0);
  } else if (status === 422) {
    const isNewest = replica.flight?.seq === replica.wanted;
    delete replica.flight;
    // What was refused is no longer what is wanted.
    if (!isNewest) return;
    if (bug === 'forgets a refusal') Object.assign(replica, { state: 'synced', synced: replica.wanted });
    else kept.giveUp(replica, 'rejected');
  } else {
    failed({ kept, bug, now }, replica, answer);
  }
}

function failed(
  { kept, bug, now }: Pick<Delivering, 'kept' | 'bug' | 'now'>,
  replica: Replica,
  answer: Answer | undefined,
): void {
  replica.failures += 1;
  const wait = bug === 'does not wait when it is told to' ? 0 : (answer?.waitMs ?? 0);
  replica.dueAt = now() + Math.max(wait, retryMs);
  if (!answer && bug === 'never tries again after a lost answer') replica.dueAt = Number.POSITIVE_INFINITY;
  if (!answer && bug === 'sends an older state when an answer was lost') olderNext(replica);
  if (replica.failures >= 2 && bug === 'gives up a record that fails twice') kept.giveUp(replica, 'unavailable');
}

/** What was in flight before it comes once more, after the newest. */
function olderNext(replica: Replica): void {
  const { flight } = replica;
  if (!flight || flight.method === 'POST') return;
  replica.flight = { ...flight, key: flight.key.replace(/\d+$/, '1'), seq: 1 };
}

function settle(replica: Replica, seq: number): void {
  delete replica.flight;
  replica.failures = 0;
  replica.synced = Math.max(replica.synced, seq);
  replica.state = replica.wanted > replica.synced ? 'behind' : 'synced';
  replica.dueAt = 0;
}
