// What befalls two processes and their database: kills of one and of both, a process that stands still for longer than its
// lease, a commit or a whole way to the database that is cut, a server that is ended at once.
import type { Postgres } from '../../../bench/measure/postgres.ts';
import { query } from '../../postgres/schemas.ts';
import type { Chance } from '../chance.ts';
import { pause } from '../history.ts';
import { yetUnchecked } from '../judge/judge.ts';
import { type Scene, untilItIsTime, type When } from '../nemesis/moments.ts';
import { type Befallen, shuffled } from '../nemesis/nemesis.ts';
import { disturbed } from '../nemesis/target.ts';
import type { Pair } from './pair.ts';

export interface NodesPlan {
  /** SIGKILL of one process. */
  kills: number;
  /** Each of the others so often. */
  disturbances: number;
  /** Only those of the others that take little time. */
  briefly?: boolean;
}

export interface NodesTarget extends Scene<Pair> {
  server: Postgres;
}

type Strike = (target: NodesTarget, chance: Chance) => Promise<void>;

/** ms. Longer than the lease of a process, and than the second in which another one takes over. */
const pastTheLease = 11_500;

const lookEveryMs = 500;
/** The judge then says what was not checked. */
const longestMs = 120_000;

const moments: readonly When[] = ['arrived', 'burst', 'replied', 'answered', 'asked', 'page', 'replayed', 'later'];

const others: Record<string, Strike> = {
  'SIGTERM of one': stopped,
  'both killed': bothKilled,
  'SIGSTOP past its lease, then SIGCONT': frozen,
  'connections cut': cut,
  'connection cut before the server hears of a commit': (target, chance) => cutCommit(target, chance, 'before'),
  'connection cut before the answer to a commit': (target, chance) => cutCommit(target, chance, 'after'),
  'one cut off from the database past its lease': cutOff,
  'database restarted at once': restarted,
};

/** A start of a process, and the end of a lease, cost seconds: `npm test` leaves these to `npm run test:crash`. */
const long = new Set([
  'SIGTERM of one',
  'both killed',
  'SIGSTOP past its lease, then SIGCONT',
  'one cut off from the database past its lease',
]);

const chosen = ({ briefly = false }: NodesPlan): [string, Strike][] =>
  Object.entries(others).filter(([name]) => !(briefly && long.has(name)));

export const strikeCount = (plan: NodesPlan): number => plan.kills + plan.disturbances * chosen(plan).length;

/** @param tell what it was, after each */
export async function strikeNodes(
  asked: NodesPlan,
  target: NodesTarget,
  chance: Chance,
  tell: (what: string) => void,
): Promise<Befallen> {
  const plan: [string, Strike][] = [
    ...Array.from({ length: asked.kills }, (_, index): [string, Strike] => {
      const when = moments[index % moments.length] ?? 'later';
      return [`kill of one: ${when}`, (at, drawn) => oneKilled(at, drawn, when)];
    }),
    ...chosen(asked).flatMap((one) => Array<[string, Strike]>(asked.disturbances).fill(one)),
  ];
  const befallen: Befallen = {};
  await target.hub.ready();
  for (const [name, strike] of shuffled(plan, chance)) {
    await strike(target, chance);
    await target.hub.ready();
    befallen[name] = (befallen[name] ?? 0) + 1;
    tell(name);
  }
  await untilAllIsChecked(target);
  return befallen;
}

/** A few strikes may be over before each promise had its chance: how far a run gets in a second depends on the machine. */
async function untilAllIsChecked({ recorder }: NodesTarget): Promise<void> {
  const until = recorder.now() + longestMs;
  while (yetUnchecked(recorder.history).length > 0 && recorder.now() < until) await pause(lookEveryMs);
}

async function oneKilled(target: NodesTarget, chance: Chance, when: When): Promise<void> {
  await untilItIsTime(when, target, chance);
  noteEnd(target, `one: ${when}`);
  await target.hub.killOne(chance.whole(0, 1));
  await pause(chance.whole(0, 300));
  target.hub.start();
}

async function bothKilled(target: NodesTarget, chance: Chance): Promise<void> {
  await untilItIsTime('burst', target, chance);
  noteEnd(target, 'both');
  await target.hub.kill();
  target.hub.start();
}

async function stopped(target: NodesTarget, chance: Chance): Promise<void> {
  await untilItIsTime('burst', target, chance);
  noteEnd(target, 'SIGTERM of one');
  const code = await target.hub.stopOne(chance.whole(0, 1));
  if (code !== 0) target.recorder.history.oddities.push(`told to stop a process ended with ${code}`);
  target.hub.start();
}

async function frozen(target: NodesTarget, chance: Chance): Promise<void> {
  const which = chance.whole(0, 1);
  await untilItIsTime('burst', target, chance);
  await disturbed(target, 'SIGSTOP past its lease', async () => {
    target.hub.freezeOne(which);
    await pause(pastTheLease);
    target.burst();
    target.hub.thawOne(which);
    await pause(500);
  });
}

/** Of the hubs, all of them at this moment. */
const endConnections = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'syncline%'`;

async function cut(target: NodesTarget, chance: Chance): Promise<void> {
  await disturbed(target, 'connections cut', async () => {
    for (let left = 3; left > 0; left -= 1) {
      await untilItIsTime('burst', target, chance);
      await someCut(target);
    }
    await pause(300);
  });
}

/** Those of the cut before may not be there again yet. @throws Error when none comes: a fault that never was proves nothing */
async function someCut({ server, recorder }: NodesTarget): Promise<void> {
  const until = recorder.now() + longestMs;
  while ((await query(server.url, endConnections)).length === 0) {
    if (recorder.now() > until) throw new Error('there was no connection to cut');
    await pause(20);
  }
}

/** Of whichever process commits next, so often that some of it falls into what is asked for at the moment. */
async function cutCommit({ hub, ...target }: NodesTarget, chance: Chance, when: 'before' | 'after'): Promise<void> {
  const counted = (): number => hub.ways.reduce((sum, way) => sum + way.cuts(), 0);
  const before = counted();
  await disturbed(target, `connection cut ${when} a commit`, async () => {
    for (let left = 3; left > 0; left -= 1) {
      await untilItIsTime('burst', { hub, ...target }, chance);
      for (const way of hub.ways) way.cutNextCommit(when, 1);
    }
    await pause(500);
    // The next commit may be that of a start, which would end with it.
    for (const way of hub.ways) way.spare();
  });
  if (counted() === before) throw new Error('there was no commit to cut');
}

async function cutOff(target: NodesTarget, chance: Chance): Promise<void> {
  const which = chance.whole(0, 1);
  await untilItIsTime('burst', target, chance);
  await disturbed(target, 'cut off from the database', () =>
    target.hub.cutOffOne(which, async () => {
      await pause(pastTheLease / 2);
      target.burst();
      await pause(pastTheLease / 2);
    }),
  );
}

async function restarted(target: NodesTarget, chance: Chance): Promise<void> {
  await disturbed(target, 'database restarted at once', async () => {
    await untilItIsTime('burst', target, chance);
    await target.server.restartAtOnce();
    await pause(300);
  });
}

function noteEnd({ recorder }: NodesTarget, what: string): void {
  recorder.history.kills.push({ tick: recorder.tick(), at: recorder.now(), what });
}
