// Long work on policies over HTTP: waited for, or told how far it has come.
import { describe, expect, it } from 'vitest';
import type { PolicyVersionView } from '../../src/core/core.ts';
import { policyVersion } from './fake-core.ts';
import { createHub, json } from './hub.ts';

const at = '/v1/policies/routing/versions/1';
const running: PolicyVersionView = { ...policyVersion, check: { state: 'running', progress: 0.4 } };
const done: PolicyVersionView = { ...policyVersion, check: { state: 'done', at: '', by: 'rules', outcome: 'passed' } };
const post = (headers: Record<string, string> = {}) => ({ method: 'POST', key: 'k-policy', headers });

describe('work that takes long', () => {
  it('is waited for, and answers 200 with the result', async () => {
    let finish: (view: PolicyVersionView) => void = () => undefined;
    const core = {
      checkPolicy: async () => running,
      policyWorked: () =>
        new Promise<PolicyVersionView>((resolve) => {
          finish = resolve;
        }),
    };
    const hub = createHub({ core });
    const asked = hub.send(`${at}/check`, post());
    await new Promise((turn) => setImmediate(turn));
    finish(done);
    const response = await asked;
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ check: { state: 'done', outcome: 'passed' } });
  });

  it('answers 202 with its progress when it takes longer', async () => {
    const core = {
      checkPolicy: async () => running,
      policyVersion: async () => running,
      policyWorked: () => new Promise<PolicyVersionView>(() => undefined),
    };
    const hub = createHub({ core });
    const asked = hub.send(`${at}/check`, post());
    for (let turn = 0; turn < 5; turn++) await new Promise((resume) => setImmediate(resume));
    hub.clock.advance(5_000);
    const response = await asked;
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({ check: { state: 'running', progress: 0.4 } });
  });

  it('of a comparison is asked for again', async () => {
    const core = {
      policyDiff: (_name: string, _from: number, _to: number, waits: boolean) =>
        waits ? new Promise<never>(() => undefined) : Promise.resolve({ state: 'running' as const, progress: 0.2 }),
    };
    const hub = createHub({ core });
    const asked = hub.send(`${at}/diff/2`, { key: 'k-policy' });
    for (let turn = 0; turn < 5; turn++) await new Promise((resume) => setImmediate(resume));
    hub.clock.advance(5_000);
    const response = await asked;
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({ state: 'running', progress: 0.2 });
  });
});

describe('requests about policies', () => {
  it('that name none are told', async () => {
    const hub = createHub();
    expect((await hub.send('/v1/policies/pricing', { key: 'k-policy' })).status).toBe(404);
    const response = await hub.send('/v1/policies/routing/versions/seven', { key: 'k-policy' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ detail: 'versions have numbers, and "seven" is none' });
  });

  it('with faults are told every one', async () => {
    const hub = createHub();
    const response = await hub.send(`${at}/backtest`, {
      ...json({ since: 'yesterday', limit: 0, maxChanged: 5 }),
      key: 'k-policy',
    });
    expect(response.status).toBe(400);
    const { faults } = (await response.json()) as { faults: { path: string }[] };
    expect(faults.map(({ path }) => path).sort()).toEqual(['/limit', '/maxChanged', '/since']);
  });
});
