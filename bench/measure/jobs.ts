// A program of the bench in a process of its own: it offers named jobs, the bench asks for them.
import { type ChildProcess, fork } from 'node:child_process';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a program offers: each job takes one value and gives one. */
export type Jobs = Record<string, (given: never) => unknown>;

interface Ask {
  no: number;
  job: string;
  given: unknown;
}
interface Done {
  no: number;
  result?: unknown;
  error?: string;
}

/** In the child: answers until the bench lets go. */
export function offerJobs(jobs: Jobs): void {
  process.on('message', async ({ no, job, given }: Ask) => {
    const done: Done = { no };
    try {
      done.result = await jobs[job]?.(given as never);
    } catch (error) {
      done.error = error instanceof Error ? error.message : String(error);
    }
    process.send?.(done);
  });
  process.on('disconnect', () => process.exit());
  // Ctrl-C reaches the whole group; whoever asked tells us when to go.
  process.on('SIGINT', () => {});
}

export interface Program<J extends Jobs> {
  pid: number;
  ask<Name extends keyof J & string>(job: Name, given: Parameters<J[Name]>[0]): Promise<Awaited<ReturnType<J[Name]>>>;
  stop(): Promise<void>;
}

/** @param name a file of bench/, beside which this one is compiled */
export function startProgram<J extends Jobs>(name: string): Program<J> {
  const child = fork(programFile(name), [], { serialization: 'advanced' });
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  let asked = 0;
  child.on('message', ({ no, result, error }: Done) => {
    const asker = waiting.get(no);
    waiting.delete(no);
    if (error === undefined) asker?.resolve(result as never);
    else asker?.reject(new Error(`${name}: ${error}`));
  });
  child.on('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${name} ended (${signal ?? code}) at work`));
    waiting.clear();
  });
  return {
    pid: child.pid ?? 0,
    ask: (job, given) =>
      new Promise((resolve, reject) => {
        const no = asked++;
        waiting.set(no, { resolve, reject });
        child.send({ no, job, given } satisfies Ask, (error) => error && reject(error));
      }),
    stop: () => ended(child),
  };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.disconnect();
  });
}

/** The compiled copy of a program if we are compiled ourselves. */
export function programFile(name: string): string {
  const folder = fileURLToPath(new URL('..', import.meta.url));
  return join(folder, `${name}${extname(import.meta.url)}`);
}
