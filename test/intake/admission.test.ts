// How much is let in at once, and in which order.
import { describe, expect, it } from 'vitest';
import { type Admission, createAdmission } from '../../src/intake/admission.ts';

const slow = 0.1;
const quick = 0.001;

/** So many that stay inside until they are let out. */
function crowd(admission: Admission, size: number) {
  const entered: number[] = [];
  const doors: (() => void)[] = [];
  const done = Array.from({ length: size }, (_, at) =>
    admission.enter(() => {
      entered.push(at);
      return new Promise<number>((leave) => {
        doors[at] = () => leave(at);
      });
    }),
  );
  return { entered, done, leave: (at: number) => doors[at]?.() };
}

const turn = (): Promise<void> => new Promise((resume) => setImmediate(resume));

describe('admission', () => {
  it('lets in what there is room for, and the others in their order as room is made', async () => {
    const admission = createAdmission();
    for (let commit = 0; commit < 100; commit++) admission.committed(slow, 0);
    const { entered, leave } = crowd(admission, 12);
    await turn();
    expect(entered).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    leave(3);
    leave(5);
    await turn();
    expect(entered).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('lets in less while what is due waits to be claimed, however short the commits are', async () => {
    const admission = createAdmission();
    for (let commit = 0; commit < 100; commit++) admission.committed(quick, 0.2);
    const { entered } = crowd(admission, 12);
    await turn();
    expect(entered).toHaveLength(8);
    admission.committed(quick, 0.01);
    await turn();
    expect(entered).toHaveLength(9);
  });

  it('gives more room again when commits are short', async () => {
    const admission = createAdmission();
    for (let commit = 0; commit < 100; commit++) admission.committed(slow, 0);
    const { entered } = crowd(admission, 12);
    admission.committed(quick, 0);
    admission.committed(quick, 0);
    await turn();
    expect(entered).toHaveLength(10);
  });

  it('goes by the room that is used, not by what a calm time has left', async () => {
    const admission = createAdmission();
    for (let commit = 0; commit < 1_000; commit++) admission.committed(quick, 0);
    const first = crowd(admission, 64);
    await turn();
    expect(first.entered).toHaveLength(64);
    admission.committed(slow, 0);
    for (let at = 0; at < 40; at++) first.leave(at);
    await turn();
    const { entered } = crowd(admission, 20);
    await turn();
    // Half of 64 may be inside, and 24 of them still are.
    expect(entered).toHaveLength(8);
  });

  it.each([
    [0.042, 90],
    [0.05, 80],
    [0.4, 50],
  ])('lets in the less the later it is: after a commit of %d s %d of 100', async (seconds, left) => {
    const admission = createAdmission();
    const first = crowd(admission, 100);
    admission.committed(seconds, 0);
    for (let at = 0; at < 100; at++) first.leave(at);
    await turn();
    const { entered } = crowd(admission, 100);
    await turn();
    expect(entered).toHaveLength(left);
  });

  it('never closes', async () => {
    const admission = createAdmission();
    for (let commit = 0; commit < 10_000; commit++) admission.committed(slow, 0);
    expect(await admission.enter(async () => 'in')).toBe('in');
  });

  it('gives up the room of what failed', async () => {
    const admission = createAdmission();
    for (let commit = 0; commit < 100; commit++) admission.committed(slow, 0);
    const failing = Array.from({ length: 20 }, () => admission.enter(() => Promise.reject(new Error('full'))));
    await expect(Promise.allSettled(failing)).resolves.toHaveLength(20);
    expect(await admission.enter(async () => 'in')).toBe('in');
  });
});
