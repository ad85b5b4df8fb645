// Tells the story: lines with the time since the start, or one JSON object per line. What is claimed is waited for.
import type { Clock } from '../../src/clock.ts';

export interface Narrator {
  wait(ms: number): Promise<void>;
  heading(text: string): void;
  say(text: string): void;
  /**
   * Looks until it is so.
   * @param claim what is shown, as a sentence
   * @param look what is seen, and whether it is what was claimed
   * @throws StepFailed when it is not so within the time
   */
  see(claim: string, look: Look, withinMs?: number): Promise<void>;
}

export type Look = () => Seen | Promise<Seen>;

export interface Seen {
  holds: boolean;
  /** In words, for the line that is printed and for the failure. */
  seen: string;
}

export class StepFailed extends Error {
  readonly expected: string;
  readonly seen: string;
  constructor(expected: string, seen: string) {
    super(`expected: ${expected}; seen: ${seen}`);
    this.name = 'StepFailed';
    this.expected = expected;
    this.seen = seen;
  }
}

export interface NarratorOptions {
  clock: Clock;
  json: boolean;
  write(line: string): void;
}

const marks = { heading: '', told: '  ', step: '✓ ', failed: '✗ ' };
const deadlineMs = 10_000;
const lookEveryMs = 20;

export function createNarrator({ clock, json, write }: NarratorOptions): Narrator {
  const started = clock.now();
  const seconds = (): number => (clock.now() - started) / 1000;
  const line = (kind: keyof typeof marks, text: string, more: object = {}): void => {
    if (json) {
      write(JSON.stringify({ at: Number(seconds().toFixed(3)), kind, text, ...more }));
      return;
    }
    const time = `${seconds().toFixed(2).padStart(6)} s`;
    write(`${kind === 'heading' ? '\n' : ''}${time}  ${marks[kind]}${text}`);
  };
  const wait = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
  return {
    wait,
    heading: (text) => line('heading', text),
    say: (text) => line('told', text),
    see: async (claim, look, withinMs = deadlineMs) => {
      const until = clock.now() + withinMs;
      let last = await lookSafely(look);
      while (!last.holds && clock.now() < until) {
        await wait(lookEveryMs);
        last = await lookSafely(look);
      }
      if (last.holds)
        return line('step', `${claim}${json || last.seen === '' ? '' : `: ${last.seen}`}`, { seen: last.seen });
      line('failed', claim, { expected: claim, seen: last.seen });
      if (!json)
        write(
          `          expected: ${claim}\n          seen:     ${last.seen}\n          waited:   ${withinMs / 1000} s`,
        );
      throw new StepFailed(claim, last.seen);
    },
  };
}

/** A hub or system that does not answer yet is something that was seen. */
async function lookSafely(look: Look): Promise<Seen> {
  try {
    return await look();
  } catch (error) {
    return { holds: false, seen: (error as Error).message };
  }
}
