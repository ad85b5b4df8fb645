// What every dialect must do: nothing is passed by, nothing comes back, and what was written was written once.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changelog } from '../../../connectors/changelog/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { InboundChange, Polled, Send } from '../../../src/connector/contract.ts';
import { maskSettings, secretValues } from '../../../src/connector/secret.ts';
import type { SqlTarget } from '../../../src/connector/sql.ts';
import { failureOf, pollToTheEnd, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type Gate, openGate } from '../tcp-gate.ts';
import { columns, type Legacy, legacy } from './legacy.ts';

export function changelogStories(place: () => Promise<SqlTarget | 'sqlite'>): void {
  let app: Legacy;
  beforeEach(async () => {
    app = await legacy(await place());
  });
  afterEach(() => app.close());

  const poll = async (cursor?: string): Promise<Polled> => {
    const { connector, context } = app.connection;
    const polled = await connector.poll?.({ record: 'order', cursor, now: testNow }, context());
    if (!polled) throw new Error('it polls nothing');
    return polled;
  };
  const all = (cursor?: string) => pollToTheEnd(app, 'order', cursor);
  const said = (items: InboundChange[]) =>
    items.map(({ id, op, data }) => `${op} ${id}${data ? ` ${JSON.parse(data).note ?? ''}` : ''}`.trim());
  const send = (op: Send['op'], body: object, more: Partial<Send> = {}): Send => ({
    ...{ op, record: 'order', recordId: 'ord_1', key: `db:order:ord_1:${op}`, match: [], repeat: false },
    body: JSON.stringify(body),
    ...more,
  });
  const orders = () => app.run('SELECT id, order_no, status, ship_name, note, amount FROM orders ORDER BY id');
  const count = async (what: string): Promise<number> =>
    Number((await app.run(`SELECT count(*) AS n FROM ${what}`))[0]?.n);

  it('reads what changed, in the order of each row, whole, and marks it once that is kept', async () => {
    await app.run("INSERT INTO orders (order_no, note, amount) VALUES ('A', 'one', 12.50)");
    await app.run("INSERT INTO orders (order_no, note) VALUES ('B', '''quoted'' \"text\" 李')");
    await app.run("UPDATE orders SET note = 'two' WHERE id = 1");
    const first = await poll();
    expect(said(first.items)).toEqual(['upsert 1 one', 'upsert 2 \'quoted\' "text" 李', 'upsert 1 two']);
    expect(JSON.parse(first.items[0]?.data ?? '')).toMatchObject({
      id: 1,
      order_no: 'A',
      status: 'open',
      ship_name: null,
    });
    expect(first.items[0]?.data).toMatch(/"amount" ?: ?12\.50?[,}]/);
    expect(first.items[0]).toMatchObject({ at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}Z$/) });
    // Not kept: the same again. Kept: no more.
    expect((await poll()).items).toEqual(first.items);
    await app.run('DELETE FROM orders WHERE id = 2');
    const rest = await all(first.cursor);
    expect(said(rest.items)).toEqual(['delete 2']);
    expect((await all(rest.cursor)).items).toEqual([]);
    expect(await count('orders_changelog WHERE read_at IS NULL')).toBe(0);
  });

  it('says nothing of columns that it was not told of, and of edits that change nothing', async () => {
    await app.run("INSERT INTO orders (order_no) VALUES ('A')");
    const { cursor } = await all();
    await app.run("UPDATE orders SET internal = 'x', note = note");
    expect((await all(cursor)).items).toEqual([]);
  });

  it('hears of an edit of case, accents or blanks alone, whatever the collation makes of it', async () => {
    await app.run("INSERT INTO orders (order_no, note) VALUES ('A', 'Resume')");
    let { cursor } = await all();
    for (const note of ['RESUME', 'RÉSUMÉ', 'RÉSUMÉ ']) {
      await app.run(`UPDATE orders SET note = '${note}'`);
      const found = await all(cursor);
      cursor = found.cursor;
      expect(found.items.map(({ data }) => JSON.parse(data ?? '').note)).toEqual([note]);
    }
  });

  it('tells a changed key as one row that went and one that came', async () => {
    await app.run("INSERT INTO orders (order_no, note) VALUES ('A', 'n')");
    const { cursor } = await all();
    await app.run('UPDATE orders SET id = 7 WHERE id = 1');
    expect(said((await all(cursor)).items)).toEqual(['delete 1', 'upsert 7 n']);
  });

  it('prunes what was read, after the time that it is kept for', async () => {
    await app.close();
    app = await legacy(await place(), { keep: '0s' });
    await app.run("INSERT INTO orders (order_no) VALUES ('A')");
    const { cursor } = await all();
    await app.run("UPDATE orders SET note = 'x'");
    const marked = await all(cursor);
    const { connector } = app.connection;
    const late = { ...app.connection.context(), now: () => Date.now() + 60_000 };
    await connector.poll?.({ record: 'order', cursor: marked.cursor, now: testNow }, late);
    expect(await count('orders_changelog')).toBe(0);
  });

  it('writes through plain SQL, once, and hears nothing of it', async () => {
    const create = send('create', { order_no: 'A', status: 'hold', ship_name: '李雷' });
    const { externalId } = await push(app, create);
    expect(await push(app, { ...create, repeat: true })).toMatchObject({ externalId });
    expect(await orders()).toMatchObject([{ order_no: 'A', status: 'hold', ship_name: '李雷' }]);
    const update = send('update', { note: 'x', ship_name: null }, { externalId: String(externalId) });
    await push(app, update);
    await push(app, update);
    expect(await orders()).toMatchObject([{ status: 'hold', ship_name: null, note: 'x' }]);
    expect((await all()).items).toEqual([]);
    await app.run("UPDATE orders SET note = 'theirs'");
    const { items, cursor } = await all();
    expect(said(items)).toEqual([`upsert ${externalId} theirs`]);
    const remove = send('delete', {}, { externalId: String(externalId) });
    await push(app, remove);
    await push(app, remove);
    expect(await orders()).toEqual([]);
    expect((await all(cursor)).items).toEqual([]);
  });

  it('says why not, in the words of the database, and leaves no half of it', async () => {
    await app.run("INSERT INTO orders (order_no) VALUES ('A')");
    const { cursor } = await all();
    const taken = await failureOf(push(app, send('create', { order_no: 'A' })));
    expect(taken).toMatchObject({ kind: 'rejected', message: expect.stringMatching(/unique|duplicate/i) });
    expect(await count('orders_changelog_writes')).toBe(0);
    const gone = await failureOf(push(app, send('update', { note: 'x' }, { externalId: '99' })));
    expect(gone).toMatchObject({ kind: 'not_found' });
    const other = await failureOf(push(app, send('update', { internal: 'x' }, { externalId: '1' })));
    expect(other).toMatchObject({ kind: 'invalid', sent: false });
    await app.run("UPDATE orders SET note = 'heard'");
    expect(said((await all(cursor)).items)).toEqual(['upsert 1 heard']);
  });

  it('reads one row, pages through all of them, and checks that the log is there', async () => {
    for (const number of 'ABCDEFG') await app.run(`INSERT INTO orders (order_no) VALUES ('${number}')`);
    const { connector, context } = app.connection;
    const row = await connector.fetch?.({ record: 'order', externalId: '2' }, context());
    expect(JSON.parse(row ?? '')).toMatchObject({ id: 2, order_no: 'B', note: null });
    expect(Object.keys(JSON.parse(row ?? ''))).toEqual(['id', ...columns]);
    expect(await connector.fetch?.({ record: 'order', externalId: '99' }, context())).toBeUndefined();
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await connector.list?.({ record: 'order', cursor }, context());
      found.push(...(page?.items ?? []).map(({ id }) => String(id)));
      cursor = page?.cursor;
    } while (cursor !== undefined);
    expect(found.sort()).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    await connector.check?.(context());
    await app.run('DROP TABLE orders_changelog_writes');
    await app.run('ALTER TABLE orders_changelog RENAME TO away');
    expect(await failureOf(Promise.resolve(connector.check?.(context())))).toMatchObject({ kind: 'rejected' });
  });
}

/** Where several write at once: whoever began first and commits last is passed by nobody. */
export function overlappingStories(place: () => Promise<SqlTarget>): void {
  it('passes by no row of a transaction that began first and commits last', async () => {
    const app = await legacy(await place());
    try {
      const [slow, quick] = [await app.open(), await app.open()];
      await slow.run('BEGIN');
      await slow.run("INSERT INTO orders (order_no, note) VALUES ('slow', 'slow')");
      await quick.run("INSERT INTO orders (order_no, note) VALUES ('quick', 'quick')");
      const first = await pollToTheEnd(app, 'order');
      expect(first.items.map(({ data }) => JSON.parse(data ?? '').note)).toEqual(['quick']);
      await slow.run('COMMIT');
      const second = await pollToTheEnd(app, 'order', first.cursor);
      expect(second.items.map(({ data }) => JSON.parse(data ?? '').note)).toEqual(['slow']);
    } finally {
      await app.close();
    }
  });

  it('keeps the order of each row, and loses none, while several write and one reads', async () => {
    const app = await legacy(await place(), { batch: 5 });
    try {
      for (const number of 'ABC') await app.run(`INSERT INTO orders (order_no, note) VALUES ('${number}', '0')`);
      const writers = await Promise.all([0, 1, 2].map(() => app.open()));
      const work = writers.map(async (session, at) => {
        for (let round = 0; round < 12; round += 1) {
          await session.run('BEGIN');
          await session.run(
            `UPDATE orders SET note = CONCAT(note, '${at}') WHERE order_no = '${'ABC'[(at + round) % 3]}'`,
          );
          await session.run('COMMIT');
        }
      });
      let done = false;
      const writing = Promise.all(work).then(() => {
        done = true;
      });
      const notes = new Map<string, string[]>();
      let cursor: string | undefined;
      let last = false;
      while (!last) {
        last = done;
        const page = await pollToTheEnd(app, 'order', cursor);
        ({ cursor } = page);
        for (const { id = '', data } of page.items)
          notes.set(id, [...(notes.get(id) ?? []), String(JSON.parse(data ?? '').note)]);
      }
      await writing;
      const held = await app.run('SELECT id, note FROM orders');
      expect([...notes.values()].flat()).toHaveLength(3 + 36);
      for (const { id, note } of held) {
        const told = notes.get(String(id)) ?? [];
        // Each edit adds one letter: the row was told as often, and in that order.
        expect(told).toEqual([...String(note)].map((_, at) => String(note).slice(0, at + 1)));
      }
    } finally {
      await app.close();
    }
  });
}

/** Where a wire lies between: each way in which it can fail, and a password that no error may hold. */
export function wireStories(place: () => Promise<Exclude<SqlTarget, { dialect: 'sqlite' }>>): void {
  let app: Legacy;
  let gate: Gate;
  let url: URL;
  const opened: Connection[] = [];
  beforeEach(async () => {
    const target = await place();
    app = await legacy(target);
    url = new URL(target.url);
    gate = await openGate(Number(url.port));
    url.port = String(gate.port);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((connection) => connection.destroy()));
    await gate.close();
    await app.close();
  });

  const through = (more: Partial<URL> = {}, timeoutMs = 20_000): Connection => {
    const address = Object.assign(new URL(url), more);
    const connection = connectTo(changelog, { ...app.settings, url: String(address) }, { timeoutMs });
    opened.push(connection);
    return connection;
  };
  const create = (n: number, repeat = false): Send => ({
    ...{ op: 'create', record: 'order', recordId: `ord_${n}`, key: `db:order:ord_${n}:1`, match: [], repeat },
    body: JSON.stringify({ order_no: `W-${n}` }),
  });
  const made = async (n: number): Promise<number> =>
    (await app.run(`SELECT id FROM orders WHERE order_no = 'W-${n}'`)).length;

  it('makes one row of a create whose answer is lost, whichever answer it is', async () => {
    for (let lost = 0; ; lost += 1) {
      let answers = 0;
      gate.lose(() => () => answers++ === lost);
      const first = await push({ connection: through() }, create(lost)).catch((error: unknown) => error);
      gate.lose(undefined);
      const second = await push({ connection: through() }, create(lost, true));
      expect(second.externalId).toEqual(expect.any(String));
      expect(await made(lost)).toBe(1);
      if (answers <= lost) return expect(lost, 'it said nothing over the wire').toBeGreaterThan(3);
      expect(first).toMatchObject({ kind: 'unavailable' });
    }
  });

  it.each([
    ['silent', 'timeout'],
    ['trickling', 'timeout'],
    ['reset', 'unavailable'],
  ] as const)('a %s database is %s, and keeps nobody longer than its time', async (fault, kind) => {
    gate.fail(fault);
    const error = await failureOf(push({ connection: through({}, 300) }, create(1)));
    expect([kind, 'unavailable']).toContain(error.kind);
    expect(await made(1)).toBe(0);
  });

  it('falls silent in the middle, and leaves nothing half done', async () => {
    const blocker = await app.open();
    await app.run("INSERT INTO orders (order_no) VALUES ('L-1')");
    await blocker.run('BEGIN');
    await blocker.run("UPDATE orders SET note = 'mine' WHERE order_no = 'L-1'");
    const update: Send = { ...create(1), op: 'update', externalId: '1', body: '{"note":"theirs"}' };
    const error = await failureOf(push({ connection: through({}, 300) }, update));
    expect(error).toMatchObject({ kind: 'timeout', sent: true });
    await blocker.run('COMMIT');
    expect(await app.run('SELECT note FROM orders')).toEqual([{ note: 'mine' }]);
  });

  it('does not know a wrong password, and no error holds it', async () => {
    const error = await failureOf(push({ connection: through({ password: 'a-wrong-secret' }) }, create(1)));
    expect(error).toMatchObject({ kind: 'unauthorized' });
    expect(`${error.message} ${error.stack} ${error.body}`).not.toContain('a-wrong-secret');
    const settings = { ...app.settings, url: String(url) };
    expect(secretValues(changelog.settings, settings)).toEqual([String(url)]);
    expect(JSON.stringify(maskSettings(changelog.settings, settings))).not.toContain(String(url));
    expect(await made(1)).toBe(0);
  });
}
