// How many changes may be on their way into the store at once. Deliveries are claimed and settled by the same writer: when
// its commits grow long, or what is due waits to be claimed, less is taken in, so that what was accepted goes out in time.

export interface Admission {
  /** Runs it when there is room; those that wait are taken in their order. */
  enter<T>(run: () => Promise<T>): Promise<T>;
  /**
   * @param seconds how long the commit of a group took
   * @param waited for how long (seconds) what it claimed had been due
   */
  committed(seconds: number, waited: number): void;
}

/** A send crosses the writer twice, when it is claimed and when it is settled. */
const longestCommit = 0.04;
const longestWait = 0.05;
const fewest = 8;
const most = 1_024;

export function createAdmission(): Admission {
  let room = 128;
  let inside = 0;
  // A set keeps the order and gives up its first without moving the others.
  const waiting = new Set<() => void>();

  const next = (): void => {
    for (const resume of waiting) {
      if (inside >= room) return;
      waiting.delete(resume);
      inside += 1;
      resume();
    }
  };

  const leave = (): void => {
    inside -= 1;
    next();
  };

  /** The promise of the run itself is handed back: whoever waits for it is told no later for having been admitted. */
  const admitted = <T>(run: () => Promise<T>): Promise<T> => {
    try {
      const running = run();
      running.then(leave, leave);
      return running;
    } catch (error) {
      leave();
      throw error;
    }
  };

  return {
    enter: (run) => {
      if (inside >= room || waiting.size > 0)
        return new Promise<void>((resume) => waiting.add(resume)).then(() => admitted(run));
      inside += 1;
      return admitted(run);
    },
    committed: (seconds, waited) => {
      const late = seconds > longestCommit || waited > longestWait;
      room = late ? Math.max(fewest, Math.floor(room * 0.9)) : Math.min(most, room + 1);
      next();
    },
  };
}
