// What the nemesis works on.
import type { Talk } from '../ask.ts';
import type { HubProcess } from '../hub-process.ts';
import type { Disk } from '../power-cut/disk.ts';
import type { Scene } from './moments.ts';

export interface Target extends Scene<HubProcess> {
  disk: Disk;
  talk: Talk;
  /** The file that the hub works on. */
  database: string;
}

/** As of a good disk: in between a commit is there and not durable. */
export const usualSyncMs = 1;

/** For the story that is told of a fault. */
export function note({ recorder }: Pick<Target, 'recorder'>, what: string): void {
  const { history } = recorder;
  history.disturbed.push({ tick: recorder.tick(), from: recorder.now(), to: recorder.now(), what });
}

/** Something is the matter for as long as `during` takes. */
export async function disturbed(
  { recorder }: Pick<Target, 'recorder'>,
  what: string,
  during: () => Promise<void>,
): Promise<void> {
  const disturbance = { tick: recorder.tick(), from: recorder.now(), to: Number.POSITIVE_INFINITY, what };
  recorder.history.disturbed.push(disturbance);
  try {
    await during();
  } finally {
    disturbance.to = recorder.now();
  }
}
