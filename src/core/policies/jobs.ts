// Work on policies that takes a while: one piece at a time, joined by whoever asks for the same, with its progress.
import type { Work } from './work.ts';

export type JobState = { state: 'running'; progress: number } | { state: 'failed'; message: string };

interface Job {
  progress: number;
  failure?: Error;
  done: Promise<unknown>;
}

/** Pieces of work that failed and are remembered, so that who comes later hears of it. */
const mostFailed = 100;

export class Jobs {
  readonly #startWork: () => Work;
  readonly #running = new Map<string, Job>();
  readonly #failed = new Map<string, string>();
  readonly #sessions = new Set<Work>();
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(startWork: () => Work) {
    this.#startWork = startWork;
  }

  /** @returns what `run` comes to; a second call under the same name joins the first */
  start<T>(name: string, run: (work: Work, at: (share: number) => void) => Promise<T>): Promise<T> {
    const before = this.#running.get(name);
    if (before) return before.done as Promise<T>;
    this.#failed.delete(name);
    const job: Job = { progress: 0, done: Promise.resolve() };
    const done = this.#behindOthers(() =>
      this.session((work) =>
        run(work, (share) => {
          job.progress = Math.max(job.progress, Math.min(1, share));
        }),
      ),
    );
    job.done = done;
    this.#running.set(name, job);
    const over = (): boolean => this.#running.delete(name);
    done.then(over, (error: unknown) => {
      over();
      this.#remember(name, error instanceof Error ? error.message : String(error));
    });
    return done;
  }

  /** Short work, beside whatever runs. */
  async session<T>(run: (work: Work) => Promise<T>): Promise<T> {
    if (this.#closed) throw new Error('the hub is stopping');
    const work = this.#startWork();
    this.#sessions.add(work);
    try {
      return await run(work);
    } finally {
      this.#sessions.delete(work);
      await work.end();
    }
  }

  /** @returns undefined where nothing of that name runs or has failed */
  state(name: string): JobState | undefined {
    const job = this.#running.get(name);
    if (job) return { state: 'running', progress: job.progress };
    const message = this.#failed.get(name);
    return message === undefined ? undefined : { state: 'failed', message };
  }

  /** Resolves when nothing under these names runs any more, however it ended. */
  async idle(names: readonly string[]): Promise<void> {
    await Promise.allSettled(names.map((name) => this.#running.get(name)?.done));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#sessions].map((work) => work.end()));
    await Promise.allSettled([...this.#running.values()].map(({ done }) => done));
  }

  #behindOthers<T>(run: () => Promise<T>): Promise<T> {
    const next = this.#last.then(run, run);
    this.#last = next.catch(() => undefined);
    return next;
  }

  #remember(name: string, message: string): void {
    this.#failed.set(name, message);
    if (this.#failed.size <= mostFailed) return;
    const [oldest] = this.#failed.keys();
    if (oldest !== undefined) this.#failed.delete(oldest);
  }
}
