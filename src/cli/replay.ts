// syncline replay: sends dead letters again, with the newest state of their records. Only a running hub can.
import { exitCodes, Failure, WrongUsage } from './failure.ts';
import { localUrl } from './hub-client.ts';
import { answer, type Io } from './io.ts';
import { type Reaching, reach } from './reach.ts';

export interface ReplayOptions extends Reaching {
  system?: string;
  record?: string;
  kind?: string;
  /** RFC 3339. */
  since?: string;
  dryRun?: boolean;
}

export async function replay(id: string | undefined, options: ReplayOptions, io: Io): Promise<number> {
  const filter = filterOf(options);
  refuseMixture(id, filter, options);
  const reached = await reach(options, io);
  if (!('hub' in reached)) throw notRunning(reached.config.listen);
  if (id !== undefined) {
    const { seq } = await reached.hub.ask<{ seq: string }>(
      'POST',
      `/v1/deadletters/${encodeURIComponent(id)}/replay`,
      {},
    );
    answer(io, options, { id, seq }, [`${id} is sent again, as change ${seq}`]);
    return exitCodes.ok;
  }
  const dryRun = options.dryRun === true;
  const { count } = await reached.hub.ask<{ count: number }>('POST', '/v1/deadletters/replay', { filter, dryRun });
  const letters = `${count} ${count === 1 ? 'dead letter' : 'dead letters'}`;
  answer(io, options, { count, dryRun }, [`${letters} ${dryRun ? 'would be sent again' : 'sent again'}`]);
  return exitCodes.ok;
}

function filterOf({ system, record, kind, since }: ReplayOptions): Record<string, string> {
  const given = Object.entries({ system, record, kind, since }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(given);
}

/** Without any word it would be all of them, which nobody asks for by leaving words out. */
function refuseMixture(id: string | undefined, filter: object, { dryRun }: ReplayOptions): void {
  const filtered = Object.keys(filter).length > 0;
  if (id === undefined && !filtered)
    throw new WrongUsage('name a dead letter, or some of them by --system, --record, --kind or --since');
  if (id !== undefined && (filtered || dryRun === true))
    throw new WrongUsage('a dead letter named by its id takes no --system, --record, --kind, --since or --dry-run');
}

export function notRunning(listen: string): Failure {
  const url = localUrl(listen);
  return new Failure(
    `${url === undefined ? 'the address of the hub is picked at its start' : `no hub answers at ${url}`}; start it with "syncline serve", or say where it listens with --url <address>`,
  );
}
