// Why a command failed, in words: what it was about and what to do next, never a stack.
import { relative } from 'node:path';
import { CommanderError } from 'commander';
import { ConfigFaults } from '../config.ts';
import type { Io } from './io.ts';

export interface ToldFault {
  file?: string;
  path: string;
  message: string;
  suggestion?: string;
}

export class Failure extends Error {
  readonly faults: readonly ToldFault[];
  constructor(message: string, faults: readonly ToldFault[] = []) {
    super(message);
    this.name = 'Failure';
    this.faults = faults;
  }
}

/** The command line itself is wrong. */
export class WrongUsage extends Error {}

export const exitCodes = { ok: 0, failed: 1, wrongUsage: 2, cutShort: 130 } as const;

/** Tells it on stderr. @returns the exit code */
export function tellFailure(error: unknown, io: Io, json: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok;
  const usage = error instanceof CommanderError || error instanceof WrongUsage;
  const message = (error instanceof Error ? error.message : String(error)).replace(/^error: /, '');
  const faults = faultsOf(error);
  if (json)
    io.stderr(
      `${JSON.stringify({ error: { message: headline(error, message), ...(faults.length > 0 && { faults }) } })}\n`,
    );
  // The parser has told its own already, with what may have been meant.
  else if (!(error instanceof CommanderError))
    io.stderr(
      [`syncline: ${headline(error, message)}`, ...faults.map((fault) => `  ${faultLine(fault, io.folder)}`), ''].join(
        '\n',
      ),
    );
  return usage ? exitCodes.wrongUsage : exitCodes.failed;
}

function headline(error: unknown, message: string): string {
  if (error instanceof ConfigFaults)
    return `${error.file} has ${error.faults.length === 1 ? '1 fault' : `${error.faults.length} faults`}`;
  return error instanceof CommanderError && error.code === 'commander.help' ? 'a command is missing' : message;
}

/** Also those of other parts: an error that lists faults has them as its member. */
function faultsOf(error: unknown): readonly ToldFault[] {
  if (!(error instanceof Error) || !('faults' in error) || !Array.isArray(error.faults)) return [];
  return error.faults as ToldFault[];
}

/** `mappings/order.merge.yaml: units.tags: message (suggestion)` */
export function faultLine({ file, path, message, suggestion }: ToldFault, folder: string): string {
  const place = [...(file === undefined ? [] : [shortPath(file, folder)]), ...(path === '' ? [] : [path])];
  return `${[...place, message].join(': ')}${suggestion === undefined ? '' : ` (${suggestion})`}`;
}

/** Relative where that is nearer. */
export function shortPath(file: string, folder: string): string {
  const near = relative(folder, file);
  return near === '' || near.startsWith('..') ? file : near;
}
