import { EventEmitter } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { Core } from '../../src/core/core.ts';
import { ProblemError, problem } from '../../src/core/problem.ts';
import { connectCore } from '../../src/core/remote.ts';
import * as storeErrors from '../../src/store/errors.ts';
import { BackupFailed, BadDecision, StoreClosed, StoreFailed, StoreFull } from '../../src/store/errors.ts';
import { bridge, closeBridges } from './bridge.ts';

afterEach(closeBridges);

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const failing = (error: unknown): Promise<unknown> =>
  caught(bridge({ epoch: () => Promise.reject(error) }).core.epoch());

describe('an error of the core', () => {
  it('that is a problem arrives as one, with its faults and extra members', async () => {
    const faults = [{ path: '/data/寄件人', message: 'is missing' }];
    const thrown = problem('conflict', 'two at once', { faults, extra: { refused: [{ unit: 'shipTo' }] } });
    const error = await failing(thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ name: 'ProblemError', message: 'two at once', problem: thrown.problem });
  });

  it.each([
    [new StoreFull('no space left for /srv/hub.db'), 507, 'storage-full', /disk is full: nothing was written/],
    [new StoreFailed('writing /srv/hub.db failed'), 503, 'unavailable', /cannot read or write its database/],
    [new StoreClosed('the store is closed'), 503, 'unavailable', /is shutting down: nothing was done/],
  ])('%s is a problem that says what to do and names no path', async (thrown, status, type, detail) => {
    const error = await failing(thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ problem: { status, type, detail: expect.stringMatching(detail) } });
    expect(JSON.stringify((error as ProblemError).problem)).not.toContain('/srv');
    expect((error as Error).stack).toBe(thrown.stack);
  });

  it.each([BackupFailed, BadDecision, storeErrors.NewerDatabase])(
    'of the store keeps its class: %s',
    async (StoreError) => {
      const error = await failing(new StoreError('the folder /backup is not there'));
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ name: StoreError.name, message: 'the folder /backup is not there' });
    },
  );

  it('of any other kind keeps name, message and the stack of the thread where it happened', async () => {
    const thrown = new RangeError('seq 7 is out of range');
    const error = await failing(thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({ name: 'RangeError', message: 'seq 7 is out of range', stack: thrown.stack });
  });

  it('that is no Error arrives as one', async () => {
    expect(await failing('just text')).toMatchObject({ name: 'Error', message: 'just text' });
  });

  it('that is thrown before there is a promise is answered too', async () => {
    const { core } = bridge({
      epoch: () => {
        throw new TypeError('at once');
      },
    });
    await expect(core.epoch()).rejects.toThrow('at once');
  });
});

const workers: Worker[] = [];
afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.terminate())));

/** A thread that does `code` for each message of calls. */
function thread(code: string): { core: Core; worker: Worker; ended: Promise<Error>; ends: Error[] } {
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     const answer = (no) => parentPort.postMessage({ events: undefined, answers: [no, 'answered', undefined] });
     parentPort.on('message', (calls) => { ${code} });`,
    { eval: true },
  );
  workers.push(worker);
  const ends: Error[] = [];
  let core: Core | undefined;
  const ended = new Promise<Error>((resolve) => {
    core = connectCore(worker, {
      onEvents: () => {},
      onEnd: (error) => {
        ends.push(error);
        resolve(error);
      },
    });
  });
  if (!core) throw new Error('not connected');
  return { core, worker, ended, ends };
}

const unavailable = { problem: { status: 503, type: 'unavailable' } };

describe('when the thread ends', () => {
  it.each([
    ['by an error that nobody caught', `throw new RangeError('out of luck')`, 'out of luck'],
    ['by leaving', 'process.exit(3)', 'the core thread ended with code 3'],
    ['with nothing left to do', 'parentPort.close()', 'the core thread ended with code 0'],
  ])('%s, every waiting call is refused and it is told once', async (_, code, message) => {
    const { core, ended, ends } = thread(code);
    const waiting = [core.claim('wms', 8), core.epoch(), core.lag()].map(caught);
    expect((await ended).message).toBe(message);
    for (const error of await Promise.all(waiting)) {
      expect(error).toBeInstanceOf(ProblemError);
      expect(error).toMatchObject({ ...unavailable, message: expect.stringMatching(/may have been done/) });
      expect((error as Error).cause).toBe(ends[0]);
    }
    expect(await caught(core.close())).toMatchObject(unavailable);
    expect(ends).toHaveLength(1);
  });

  it('later calls are refused at once, as not done', async () => {
    const { core, ended } = thread('process.exit(1)');
    core.epoch().catch(() => {});
    await ended;
    const error = caught(core.lag());
    expect(
      await Promise.race([
        error,
        Promise.resolve()
          .then(() => Promise.resolve())
          .then(() => 'late'),
      ]),
    ).toMatchObject({ ...unavailable, message: expect.stringMatching(/nothing was done/) });
  });

  it('what was answered before stays answered', async () => {
    const { core, ended } = thread(`calls[1] === 'epoch' ? answer(calls[0]) : process.exit(1)`);
    expect(await core.epoch()).toBe('answered');
    expect(await caught(core.lag())).toMatchObject(unavailable);
    await ended;
  });

  it('by losing its port, that is an end too', async () => {
    const { core, ends, cut } = bridge({ claim: () => new Promise(() => {}) });
    const waiting = caught(core.claim('wms', 8));
    await core.lag();
    cut();
    expect(await waiting).toMatchObject(unavailable);
    expect(ends.map(({ message }) => message)).toEqual(['the core thread closed its port']);
  });
});

describe('close', () => {
  it('waits for the answer, then ends the line without calling it a failure', async () => {
    const order: string[] = [];
    const { core, ends } = bridge({
      close: async () => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push('closed behind');
      },
    });
    await core.close().then(() => order.push('told'));
    expect(order).toEqual(['closed behind', 'told']);
    expect(await caught(core.lag())).toMatchObject(unavailable);
    expect(ends).toEqual([]);
  });

  it('asked for twice is done once', async () => {
    const { core, behind } = bridge();
    await Promise.all([core.close(), core.close()]);
    await core.close();
    expect(behind.calls.map(({ verb }) => verb)).toEqual(['close']);
  });

  it('lets claims that it ends bring their answer, and refuses what stays open', async () => {
    let endClaim = (): void => {};
    const { core } = bridge({
      claim: () => new Promise((resolve) => (endClaim = () => resolve([]))),
      lag: () => new Promise(() => {}),
      close: async () => endClaim(),
    });
    const [claimed, lag] = [core.claim('wms', 8), caught(core.lag())];
    await core.close();
    expect(await claimed).toEqual([]);
    expect(await lag).toMatchObject(unavailable);
  });

  it('that fails says so, and ends the line nevertheless', async () => {
    const { core, ends } = bridge({ close: () => Promise.reject(new StoreFailed('the disk is gone')) });
    expect(await caught(core.close())).toMatchObject(unavailable);
    expect(await caught(core.lag())).toMatchObject({ message: expect.stringMatching(/nothing was done/) });
    expect(ends).toEqual([]);
  });

  it('ends a thread that has more to do', async () => {
    const { core, ends, worker } = thread('answer(calls[0])');
    await core.close();
    expect(worker.threadId).toBe(-1);
    expect(ends).toEqual([]);
  });

  it('is no failure of a thread whose end is noticed in the same moment as its answer', async () => {
    const [worker, ends]: [EventEmitter, Error[]] = [new EventEmitter(), []];
    const leaves = (calls: unknown[]): void => {
      worker.emit('message', { events: undefined, answers: [calls[0], undefined, undefined] });
      worker.emit('exit', 0);
    };
    Object.assign(worker, { postMessage: leaves, terminate: async () => 0 });
    const core = connectCore(worker as unknown as Worker, { onEvents: () => {}, onEnd: (error) => ends.push(error) });
    await core.close();
    expect(ends).toEqual([]);
  });
});

describe('cancelClaims', () => {
  it('ends what waits on the other side', async () => {
    const waiting: (() => void)[] = [];
    const { core } = bridge({
      claim: () => new Promise((resolve) => waiting.push(() => resolve([]))),
      cancelClaims: async () => {
        for (const end of waiting.splice(0)) end();
      },
    });
    const claims = [core.claim('wms', 8), core.claim('crm', 8)];
    await core.cancelClaims();
    expect(await Promise.all(claims)).toEqual([[], []]);
  });
});
