// When a system counts as down, and how it is tried again.
import { describe, expect, it } from 'vitest';
import { Breaker, type BreakerSettings } from '../../src/delivery/breaker.ts';

const settings: BreakerSettings = { windowMs: 30_000, minimum: 10, failures: 0.5, cooldownMs: 5000 };
const start = 1_000_000;
const day = 86_400_000;

const closed = (more: Partial<BreakerSettings> = {}): Breaker => new Breaker({ ...settings, ...more }, start);

function opened(): Breaker {
  const breaker = closed();
  for (const record of ['a', 'b', 'c']) breaker.failed(start, record);
  return breaker;
}

describe('a closed breaker', () => {
  it('opens when the share of failures is reached', () => {
    const breaker = closed();
    for (let n = 0; n < 5; n += 1) breaker.answered(start);
    for (let n = 0; n < 4; n += 1) breaker.failed(start, `r${n}`);
    expect(breaker.state).toBe('closed');
    breaker.failed(start + 1, 'r9');
    expect(breaker).toMatchObject({ state: 'open', since: start + 1, until: start + 1 + 5000 });
  });

  it('stays closed below the minimum of exchanges', () => {
    const breaker = closed({ minimum: 11 });
    for (let n = 0; n < 5; n += 1) breaker.answered(start);
    for (let n = 0; n < 5; n += 1) breaker.failed(start, `r${n}`);
    expect(breaker.state).toBe('closed');
  });

  it('forgets what is older than its window', () => {
    const breaker = closed();
    breaker.answered(start);
    for (let n = 0; n < 8; n += 1) breaker.failed(start, `r${n}`);
    breaker.answered(start + 30_001);
    breaker.failed(start + 30_001, 'x');
    expect(breaker.state).toBe('closed');
  });

  it('remembers what is well within its window', () => {
    const breaker = closed();
    breaker.answered(start);
    for (let n = 0; n < 8; n += 1) breaker.failed(start, `r${n}`);
    breaker.answered(start + 26_000);
    expect(breaker.state).toBe('closed');
    breaker.failed(start + 26_000, 'x');
    expect(breaker.state).toBe('open');
  });

  it('opens when three different records fail in a row and nothing was answered lately', () => {
    const breaker = closed();
    breaker.answered(start - 31_000);
    breaker.failed(start, 'a');
    breaker.failed(start, 'b');
    expect(breaker.state).toBe('closed');
    breaker.failed(start, 'c');
    expect(breaker.state).toBe('open');
  });

  it('does not open by a row when something was answered within the window', () => {
    const breaker = closed();
    breaker.answered(start);
    for (const record of ['a', 'b', 'c', 'd']) breaker.failed(start + 1000, record);
    expect(breaker.state).toBe('closed');
  });

  it('never opens for one record alone, however often it fails', () => {
    const breaker = closed();
    for (let n = 0; n < 100; n += 1) breaker.failed(start + n * 200, 'a');
    expect(breaker.state).toBe('closed');
  });
});

describe('an open breaker', () => {
  it('allows a probe after its cooldown and not before', () => {
    const breaker = opened();
    breaker.allowProbe(start + 4999);
    expect(breaker.state).toBe('open');
    breaker.allowProbe(start + 5000);
    expect(breaker).toMatchObject({ state: 'half_open', since: start + 5000 });
  });

  it('closes when the probe is answered', () => {
    const breaker = opened();
    breaker.allowProbe(start + 5000);
    breaker.answered(start + 5001);
    expect(breaker).toMatchObject({ state: 'closed', since: start + 5001 });
  });

  it('cools down anew when the probe fails', () => {
    const breaker = opened();
    breaker.allowProbe(start + 5000);
    breaker.failed(start + 5100, 'a');
    expect(breaker).toMatchObject({ state: 'open', until: start + 5100 + 5000 });
  });

  it('waits as long as the system asks, when that is longer', () => {
    const breaker = opened();
    breaker.allowProbe(start + 5000);
    breaker.failed(start + 5100, 'a', 60_000);
    expect(breaker.until).toBe(start + 5100 + 60_000);
  });

  it('waits a day at most', () => {
    const breaker = opened();
    breaker.failed(start, 'd', 10 * day);
    expect(breaker.until).toBe(start + day);
  });

  it('is not closed by an exchange that began before it opened', () => {
    const breaker = opened();
    breaker.answered(start + 10);
    expect(breaker.state).toBe('open');
  });

  it('starts to count anew once closed', () => {
    const breaker = opened();
    breaker.allowProbe(start + 5000);
    breaker.answered(start + 5001);
    for (const record of ['a', 'b', 'c']) breaker.failed(start + 5002, record);
    expect(breaker.state).toBe('closed');
  });
});
