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
/** Of the room, what is left after a commit that was late. */
const [leastLeft, mostLeft] = [0.5, 0.9];

export function createAdmission(): Admission {
  let room = 128;
  let inside = 0;
  /** The most that were inside at once since the last commit. */
  let used = 0;
  // A set keeps the order and gives up its first without moving the others.
  const waiting = new Set<() => void>();

  const take = (): void => {
    inside += 1;
    used = Math.max(used, inside);
  };

  const next = (): void => {
    for (const resume of waiting) {
      if (inside >= room) return;
      waiting.delete(resume);
      take();
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
      take();
      return admitted(run);
    },
    committed: (seconds, waited) => {
      const lateness = Math.max(seconds / longestCommit, waited / longestWait);
      if (lateness > 1) room = lessRoom(used === 0 ? room : Math.min(room, used), lateness);
      else if (used >= room) room = Math.min(most, room + 1);
      used = inside;
      next();
    },
  };
}

/** Room that nobody used is no measure: after a calm hour it would take seconds of rush until less is let in. */
function lessRoom(used: number, lateness: number): number {
  return Math.max(fewest, Math.floor(used * Math.min(mostLeft, Math.max(leastLeft, 1 / lateness))));
}
