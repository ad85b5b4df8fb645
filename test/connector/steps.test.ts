import { describe, expect, it } from 'vitest';
import { type Course, moveTo, verdictOf } from '../../src/connector/steps.ts';
import { failureOf } from '../contract/connector/scene.ts';

/** A system that takes these steps, and answers all others as if it had. */
function courseAt(start: string, taken: Record<string, string>): Course & { taken_steps: string[] } {
  let now = start;
  const taken_steps: string[] = [];
  return {
    steps: { draft: 'quote', quoted: 'confirm', sold: undefined },
    exits: { gone: 'cancel' },
    state: async () => now,
    take: async (step) => {
      taken_steps.push(step);
      now = taken[`${now} ${step}`] ?? now;
    },
    taken_steps,
  };
}
const all = { 'draft quote': 'quoted', 'quoted confirm': 'sold', 'draft cancel': 'gone' };

describe('a course of states', () => {
  it('is gone step by step, and not back', async () => {
    const course = courseAt('draft', all);
    await moveTo(course, 'sold');
    await moveTo(course, 'quoted');
    expect(course.taken_steps).toEqual(['quote', 'confirm']);
    expect(await course.state()).toBe('sold');
  });

  it('ends where a step is not taken, although nobody refused it', async () => {
    const course = courseAt('draft', { 'draft quote': 'quoted' });
    const error = await failureOf(moveTo(course, 'sold'));
    expect(error).toMatchObject({ kind: 'rejected', message: '"confirm" was not refused, but it is still quoted' });
  });

  it('is left by a step beside it, from where no step leads back', async () => {
    const course = courseAt('draft', all);
    await moveTo(course, 'gone');
    await moveTo(course, 'gone');
    expect(course.taken_steps).toEqual(['cancel']);
    expect(await failureOf(moveTo(course, 'sold'))).toMatchObject({ kind: 'rejected' });
    expect(await failureOf(moveTo(course, 'gnoe'))).toMatchObject({ kind: 'invalid', sent: false });
  });

  it('answers a question by what becomes of it, and only looks when it is asked again', async () => {
    const course = courseAt('sold', all);
    expect(await verdictOf(course, { to: 'gone', again: false })).toBe('no');
    expect(await verdictOf(course, { to: 'sold', again: true })).toBe('yes');
    const fresh = courseAt('draft', all);
    expect(await verdictOf(fresh, { to: 'gone', again: true })).toBe('no');
    expect(await verdictOf(fresh, { to: 'gone', again: false })).toBe('yes');
    const broken = { ...courseAt('draft', all), take: () => Promise.reject(new Error('down')) };
    await expect(verdictOf(broken, { to: 'gone', again: false })).rejects.toThrow('down');
  });
});
