// Questions on their way: put to the connector that has the verb, and every answer and failure told.
import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connector/connection.ts';
import { ConnectorError, type Question, type Send } from '../../src/connector/contract.ts';
import type { Asked, Asking } from '../../src/core/core.ts';
import { askRound } from '../../src/delivery/asking.ts';
import { createLog } from '../../src/log.ts';

const asking = (more: Partial<Asking> = {}): Asking => ({
  ...{
    id: 'crq_1',
    system: 'wms',
    verb: 'ask',
    record: 'shipment',
    recordId: 'logistics/ord_1/0',
    externalId: 'D-1',
    key: 'wms:change_request:crq_1:ask',
  },
  ...{ body: '{"a":1}', again: false },
  ...more,
});

/** One round over what is due. @returns what was told, and what the connector was asked */
async function round(
  due: Asking[],
  answer: () => Promise<'yes' | 'no' | 'pending'>,
  signal = new AbortController().signal,
) {
  const asked: Question[] = [];
  const ask = (question: Question) => {
    asked.push(question);
    return answer();
  };
  return { ...(await roundWith({ ask }, due, signal)), asked };
}

async function roundWith(connector: object, due: Asking[], signal = new AbortController().signal) {
  const told: [string, Asked][] = [];
  const abilities = { fetches: ['shipment'] };
  const connection = { system: 'wms', connector, abilities, context: () => ({}) } as unknown as Connection;
  const core = { toAsk: async () => due, asked: async (id: string, said: Asked) => void told.push([id, said]) };
  const log = createLog({ level: 'silent', to: { write: () => undefined } });
  const count = await askRound({ core, connections: [connection], log }, signal);
  return { count, told };
}

describe('a round of questions', () => {
  it('puts what is due to its system and tells the answer', async () => {
    const { count, told, asked } = await round([asking()], async () => 'pending');
    expect(count).toBe(1);
    expect(asked).toEqual([
      { record: 'shipment', externalId: 'D-1', key: 'wms:change_request:crq_1:ask', body: '{"a":1}', again: false },
    ]);
    expect(told).toEqual([['crq_1', { verdict: 'pending' }]]);
  });

  it('tells whether a question without an answer may have been heard', async () => {
    const unheard = new ConnectorError('unavailable', 'connect ECONNREFUSED', { sent: false });
    const failing = [unheard, new ConnectorError('timeout', 'no answer')];
    const { told } = await round([asking(), asking({ id: 'crq_2' })], async () => {
      throw failing.shift();
    });
    expect(told).toEqual([
      ['crq_1', { failure: 'connect ECONNREFUSED', sent: false }],
      ['crq_2', { failure: 'no answer', sent: true }],
    ]);
  });

  it('tells of a system that cannot be asked so, or is no longer configured', async () => {
    const { told } = await round(
      [asking({ verb: 'cancel' }), asking({ id: 'crq_2', system: 'old' })],
      async () => 'yes',
    );
    expect(told).toEqual([
      ['crq_1', { failure: 'wms cannot be asked to cancel', sent: false }],
      ['crq_2', { failure: 'old cannot be asked to ask', sent: false }],
    ]);
  });

  it('of updates: sends the change, and takes a refusal for a no; put once, it only looks', async () => {
    const refusal = (status: number) => new ConnectorError('rejected', 'TOO LATE', { status });
    const update = { verb: 'update' as const, match: [] };
    const sends: Send[] = [];
    const answers: (() => { status: number })[] = [];
    const push = async (send: Send) => {
      sends.push(send);
      return (answers.shift() as () => { status: number })();
    };
    const throwing = (error: Error) => () => {
      throw error;
    };
    const told = async (answer: () => { status: number }, fetch?: () => Promise<string | undefined>, again = false) => {
      answers.push(answer);
      return (await roundWith({ push, ...(fetch && { fetch }) }, [asking({ ...update, again })])).told[0]?.[1];
    };
    const found = async () => '{"a":1}';
    expect(await told(() => ({ status: 200 }))).toEqual({ verdict: 'yes' });
    expect(sends).toEqual([
      {
        ...{ op: 'update', record: 'shipment', recordId: 'logistics/ord_1/0', externalId: 'D-1', match: [] },
        ...{ key: 'wms:change_request:crq_1:ask', body: '{"a":1}', repeat: false },
      },
    ]);
    expect(await told(() => ({ status: 202 }))).toEqual({ verdict: 'yes' });
    expect(await told(() => ({ status: 202 }), found)).toEqual({ verdict: 'pending' });
    for (const status of [409, 422])
      expect(await told(throwing(refusal(status)))).toEqual({ verdict: 'no', said: 'TOO LATE' });
    expect(await told(throwing(refusal(400)))).toEqual({ failure: 'TOO LATE', sent: true });
    const before = sends.length;
    expect(await told(() => ({ status: 200 }), found, true)).toEqual({ found: '{"a":1}' });
    expect(
      await told(
        () => ({ status: 200 }),
        async () => undefined,
        true,
      ),
    ).toEqual({ found: null });
    expect(await told(() => ({ status: 200 }), undefined, true)).toMatchObject({ sent: false });
    expect(sends.length).toBe(before);
  });

  it('says nothing of what the hub itself has cut off', async () => {
    const closing = new AbortController();
    const { told } = await round(
      [asking()],
      async () => {
        closing.abort();
        throw new ConnectorError('unavailable', 'aborted');
      },
      closing.signal,
    );
    expect(told).toEqual([]);
  });
});
