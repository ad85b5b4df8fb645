// How far long work has come: one line that is written over on a terminal, plain lines elsewhere.
import type { Common, Io } from './io.ts';

export interface Progress {
  /** @param share 0 to 1 */
  at(share: number): void;
  end(): void;
}

/** A log gets a line for each of these parts. */
const parts = 4;

export function showProgress(io: Io, { json }: Pick<Common, 'json'>, what: string): Progress {
  if (json) return { at: () => undefined, end: () => undefined };
  return io.terminal ? onTerminal(io, what) : inLines(io, what);
}

function onTerminal(io: Io, what: string): Progress {
  let shown = '';
  const show = (line: string): void => {
    if (line === shown) return;
    shown = line;
    io.stderr(`\r${line}`);
  };
  show(`${what} …`);
  return {
    at: (share) => show(`${what} … ${String(Math.floor(share * 100)).padStart(3)} %`),
    end: () => io.stderr(`\r${' '.repeat(shown.length)}\r`),
  };
}

function inLines(io: Io, what: string): Progress {
  let told = 0;
  io.stderr(`${what}\n`);
  return {
    at: (share) => {
      const part = Math.floor(share * parts);
      if (part > told && part < parts) io.stderr(`${what}: ${(part * 100) / parts} %\n`);
      told = Math.max(told, part);
    },
    end: () => undefined,
  };
}
