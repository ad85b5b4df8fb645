// Versions of policies on the command line: in the database of a hub that does not run, and in one that does.
import { describe, expect, it } from 'vitest';
import { read } from '../architecture/sources.ts';
import { policyVersion } from '../gateway/fake-core.ts';
import { shippedText } from '../policy/routing/shipped.ts';
import { openAt } from '../store/sqlite-harness.ts';
import { hubBehind } from './hub-behind.ts';
import { openShell, plainConfig, type Shell } from './shell.ts';

const files = {
  'syncline.yaml': `${plainConfig}policies: { folder: policies, approval: none }\n`,
  'mappings/README.md': '',
  'policies/routing.yaml': shippedText,
  'policies/warehouses.yaml': read('policies/warehouses.yaml'),
  'policies/broken.yaml': shippedText.replace('kind: set }', 'kind: st }').replace('order.onHold', 'order.onHodl'),
};

/** Whoever waits for a time waits a turn. */
function hurried(shell: Shell): Shell {
  shell.io.clock.after = (_, run) => {
    setImmediate(run);
    return () => undefined;
  };
  return shell;
}

describe('versions of a hub that does not run', () => {
  it('go through life in its database', async () => {
    const shell = hurried(openShell({ files }));
    await (await openAt(shell.database)).close();
    const said = async (...argv: string[]) => {
      const { code, out, err } = await shell.syncline('policy', ...argv);
      return { code, last: out.trimEnd().split('\n').at(-1), err };
    };
    expect(await said('list')).toMatchObject({ code: 0, last: 'there is no version of a policy yet' });
    expect(await said('add', 'policies/routing.yaml')).toMatchObject({
      last: 'routing@1 is a draft, made of policies/routing.yaml; check it: syncline policy check routing@1',
    });
    expect(await said('activate', 'routing@1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('check it first'),
    });
    expect(await said('check', 'routing@1')).toMatchObject({ code: 0, last: 'routing@1 is checked' });
    expect(await said('backtest', 'routing@1', '--max-changed', '2%')).toMatchObject({
      last: 'routing@1 is backtested',
    });
    expect(await said('activate', 'routing@1')).toMatchObject({ code: 0, last: 'routing@1 is active' });
    await said('add', 'policies/routing.yaml');
    await said('check', 'routing@2');
    expect(await said('diff', 'routing@1', 'routing@2')).toMatchObject({
      last: 'both versions decide everything alike (proved)',
    });
    await said('backtest', 'routing@2');
    expect(await said('approve', 'routing@2')).toMatchObject({ last: 'routing@2 is approved' });
    expect(await said('activate', 'routing@2', '--from', '2030-01-01T00:00:00Z')).toMatchObject({
      last: 'routing@2 is scheduled for 2030-01-01T00:00:00.000Z',
    });
    expect((await shell.syncline('policy', 'list')).out.split('\n')).toEqual([
      'VERSION    STATE      CREATED                   BY   FROM                      UNTIL  SCOPE',
      expect.stringMatching(/^routing@1 {2}active {5}\S+ {2}cli/),
      expect.stringMatching(/^routing@2 {2}scheduled {2}\S+ {2}cli {2}2030-01-01T00:00:00.000Z {9}every order$/),
      '',
    ]);
    const { out } = await shell.syncline('policy', 'show', 'routing@1');
    expect(out).toContain('  backtest   0 of 0 decisions changed (0.00 %)');
    expect(out).toContain(shippedText.trimEnd());
    expect(await shell.json('policy', 'show', 'routing@1')).toMatchObject({ version: 1, state: 'active' });
  });

  it('are refused with every fault of the file', async () => {
    const shell = openShell({ files });
    await (await openAt(shell.database)).close();
    const { code, err } = await shell.syncline('policy', 'add', 'policies/broken.yaml');
    expect(code).toBe(1);
    expect(err).toContain('/document/slots/tags/kind: "st" is none of exclusive, set');
    expect(err).toContain('/document/tiers/0/rules/0/when: risk-hold: is no fact: order.onHodl');
  });

  it('are named as such', async () => {
    const shell = openShell({ files });
    expect(await shell.syncline('policy', 'show', 'seven')).toMatchObject({
      code: 2,
      err: expect.stringContaining('"seven" names no version; write such as routing@7'),
    });
    expect((await shell.syncline('policy', 'diff', 'routing@1', 'returns@1')).code).toBe(2);
    expect((await shell.syncline('policy', 'backtest', 'routing@1', '--max-changed', '7')).code).toBe(2);
  });
});

describe('versions of a running hub', () => {
  it('are reached over HTTP, as the key of SYNCLINE_KEY', async () => {
    const { hub, answer } = hubBehind();
    const shell = openShell({ files, env: { SYNCLINE_KEY: 'k-policy' }, hub: answer });
    expect((await shell.syncline('policy', 'approve', 'routing@1', '--override', 'meant')).code).toBe(0);
    expect(hub.core.last('approvePolicy')).toEqual(['routing', 1, { override: 'meant' }, 'rules']);
    expect((await shell.syncline('policy', 'rollback', 'routing@1', '--reason', 'holds')).code).toBe(0);
    expect(hub.core.last('rollbackPolicy')).toEqual(['routing', { to: 1, reason: 'holds' }, 'rules']);
    expect((await shell.syncline('policy', 'shadow', 'routing@1', '--off')).out).toContain('does not decide beside');
    expect(hub.core.last('shadowPolicy')).toEqual(['routing', 1, false, 'rules']);
  });

  it('whose work takes long are waited for, with progress', async () => {
    const running = { ...policyVersion, backtest: { state: 'running' as const, progress: 0.5 } };
    const counts = { decisions: 1, subjects: 1, compared: 1, changed: 0, changedShareBp: 0, failedThen: 0, against: 1 };
    const told = { ...counts, parts: [], samples: [], notComparable: { decisions: 0, facts: [] } };
    const done = { state: 'done' as const, at: '', by: '', ...told, gate: { maxChangedShareBp: 500, passed: true } };
    let looks = 0;
    const { answer, hub } = hubBehind({
      core: {
        backtestPolicy: async () => running,
        policyWorked: () => new Promise(() => undefined),
        policyVersion: async () => (++looks < 3 ? running : { ...policyVersion, backtest: done }),
      },
    });
    const shell = hurried(openShell({ files, env: { SYNCLINE_KEY: 'k-policy' }, hub: answer }));
    hub.deps.clock.after = shell.io.clock.after;
    const { code, out, err } = await shell.syncline('policy', 'backtest', 'routing@1');
    expect({ code, err }).toEqual({
      code: 0,
      err: 'replaying stored decisions with routing@1\nreplaying stored decisions with routing@1: 50 %\n',
    });
    expect(out).toContain('1 decision about 1 record, compared with version 1');
  });
});
