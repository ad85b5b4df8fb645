// syncline serve, with the hub itself stood in for.
import { describe, expect, it } from 'vitest';
import type { HubModule, RunningHub } from '../../src/cli/io.ts';
import { openShell, plainConfig, type Shell } from './shell.ts';

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

/** A hub that is started and stopped by the test. */
function standIn() {
  const started = withResolvers<void>();
  const up = withResolvers<RunningHub>();
  const stopped = withResolvers<number>();
  const reasons: string[] = [];
  let hurries = 0;
  const hub: RunningHub = {
    address: 'http://127.0.0.1:1',
    stopped: stopped.promise,
    stop: (reason) => reasons.push(reason) <= hurries,
  };
  const given: Parameters<HubModule['startHub']>[] = [];
  const module: HubModule = {
    startHub: (...args) => {
      given.push(args);
      started.resolve();
      return up.promise;
    },
  };
  return {
    loadHub: async () => module,
    given,
    reasons,
    started: started.promise,
    isUp: () => up.resolve(hub),
    fails: (error: Error) => up.reject(error),
    canBeHurried: (times: number) => {
      hurries = times;
    },
    ends: (code: number) => stopped.resolve(code),
  };
}

async function serving(): Promise<{
  shell: Shell;
  hub: ReturnType<typeof standIn>;
  ended: ReturnType<Shell['syncline']>;
}> {
  const hub = standIn();
  const shell = openShell({ env: { SYNCLINE_KEYS: 'ops:admin=root-secret-1' }, loadHub: hub.loadHub });
  const ended = shell.syncline('serve');
  await hub.started;
  return { shell, hub, ended };
}

describe('serve', () => {
  it('starts the hub of the configuration, and ends as it ends', async () => {
    const { hub, ended } = await serving();
    const [config, { version }] = hub.given[0] as Parameters<HubModule['startHub']>;
    expect(config.systems.map(({ id }) => id)).toEqual(['shop', 'erp']);
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
    hub.isUp();
    hub.ends(1);
    expect((await ended).code).toBe(1);
  });

  it('stops the hub on a signal, once what is under way is done', async () => {
    const { shell, hub, ended } = await serving();
    hub.isUp();
    await Promise.resolve();
    shell.signal('SIGTERM');
    hub.ends(0);
    expect((await ended).code).toBe(0);
    expect(hub.reasons).toEqual(['SIGTERM']);
    expect(shell.exits).toEqual([]);
    expect(shell.logged.at(-1)).toBe('flushed');
  });

  it('stops a hub that is still starting as soon as it can', async () => {
    const { shell, hub, ended } = await serving();
    shell.signal('SIGINT');
    hub.isUp();
    hub.ends(0);
    expect((await ended).code).toBe(0);
    expect(hub.reasons).toEqual(['SIGINT']);
  });

  it('ends at once on a second signal, with the log written', async () => {
    const { shell, hub, ended } = await serving();
    hub.isUp();
    shell.signal('SIGINT');
    shell.signal('SIGINT');
    expect(shell.exits).toEqual([130]);
    expect(shell.logged.at(-1)).toBe('flushed');
    hub.ends(0);
    await ended;
  });

  it('hurries the hub on a second signal where it can be, and ends at once on the next', async () => {
    const { shell, hub, ended } = await serving();
    hub.canBeHurried(2);
    hub.isUp();
    await Promise.resolve();
    shell.signal('SIGTERM');
    shell.signal('SIGTERM');
    expect(shell.exits).toEqual([]);
    shell.signal('SIGTERM');
    expect(shell.exits).toEqual([130]);
    expect(hub.reasons).toEqual(['SIGTERM', 'SIGTERM', 'SIGTERM']);
    hub.ends(0);
    await ended;
  });

  it('keeps the secrets of the configuration out of the log', async () => {
    const { shell, hub, ended } = await serving();
    const [, { log }] = hub.given[0] as Parameters<HubModule['startHub']>;
    log.info('shop-secret-token and root-secret-1 turned up');
    hub.isUp();
    hub.ends(0);
    await ended;
    expect(shell.logged[0]).toContain('turned up');
    expect(shell.logged.join('')).not.toMatch(/shop-secret-token|root-secret-1/);
  });

  it('tells why a hub does not start, with every fault of its documents', async () => {
    const { hub, ended } = await serving();
    const faults = [{ file: '/m/order.yaml', path: 'fields[0]', message: 'is odd', suggestion: 'make it even' }];
    hub.fails(Object.assign(new Error('the documents have 1 fault'), { faults }));
    const { code, err } = await ended;
    expect(code).toBe(1);
    expect(err).toBe('syncline: the documents have 1 fault\n  /m/order.yaml: fields[0]: is odd (make it even)\n');
  });

  it('does not load the hub for a configuration with faults', async () => {
    let loaded = false;
    const shell = openShell({
      files: { 'syncline.yaml': plainConfig.replace('feed', 'fed') },
      loadHub: () => {
        loaded = true;
        return Promise.reject(new Error('not to be loaded'));
      },
    });
    const { code, err } = await shell.syncline('serve', '--json');
    expect({ code, loaded }).toEqual({ code: 1, loaded: false });
    expect(JSON.parse(err).error.faults).toEqual([
      { path: 'systems.erp.connector', message: 'unknown connector "fed"; did you mean "feed"?' },
    ]);
  });
});
