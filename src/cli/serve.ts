// syncline serve: the hub, until it is told to stop.
import type { Config } from '../config.ts';
import { secretValues } from '../connector/secret.ts';
import { exitCodes } from './failure.ts';
import type { Common, Io, RunningHub } from './io.ts';
import { readConfig } from './reach.ts';
import { programVersion } from './version.ts';

export async function serve(options: Common, io: Io): Promise<number> {
  const config = await readConfig(options, io);
  const { log, flush } = io.openLog({ level: config.log.level, secrets: secretsOf(config) });
  const run: { hub?: RunningHub; signal?: string } = {};
  const unlisten = io.onSignal((signal) => {
    const isFirst = run.signal === undefined;
    run.signal ??= signal;
    // A second one ends the notice, if it is still given, and the next one the process.
    if ((run.hub?.stop(signal) ?? false) || isFirst) return;
    flush();
    io.exit(exitCodes.cutShort);
  });
  try {
    const { startHub } = await io.loadHub();
    run.hub = await startHub(config, { log, version: programVersion() });
    // It may have come while the hub was starting.
    if (run.signal !== undefined) run.hub.stop(run.signal);
    return await run.hub.stopped;
  } finally {
    unlisten();
    flush();
  }
}

/** What must never stand in the log. */
export const secretsOf = ({ systems, keys }: Config): string[] => [
  ...systems.flatMap(({ connector, rawSettings }) => secretValues(connector.settings, rawSettings)),
  ...keys.map(({ secret }) => secret),
];
