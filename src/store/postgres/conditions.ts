// The condition of each system as all nodes know it together: breaker, silence, rate. One narrow row a system.
import type { SystemRow } from '../rows.ts';
import type {
  BreakerMove,
  ConditionRow,
  RateShare,
  Shared,
  SharedRateLimit,
  ShareRequest,
  Sharing,
} from '../sharing.ts';
import { takeLeases } from './leases.ts';
import { leaseLeft, type Node } from './node.ts';
import { type Runner, rows, run } from './session.ts';

export interface ConditionParts {
  runner: Runner;
  /** ms since 1970: the database's clock, as far as this node knows it. */
  now: () => number;
  /** This process. */
  node: Pick<Node, 'no' | 'id'>;
  systems: () => Promise<SystemRow[]>;
  /** Other nodes should look. */
  onMoved: () => void;
}

const know = {
  name: 'know-systems',
  text: `
    INSERT INTO system_conditions (system, breaker, since, until, prober, quiet_until, rate_until, granted)
    SELECT system, 'closed', $2, 0, '', 0, 0, 0 FROM unnest($1::text[]) AS system ORDER BY system
    ON CONFLICT (system) DO NOTHING`,
};
/** Locked in one order, so that nodes that tell at the same time do not wait for each other in a circle. */
const see = {
  name: 'tell-seen',
  text: `
    WITH told AS (
      SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS told (system, success, poll)
    ), locked AS (
      SELECT c.system FROM system_conditions c JOIN told ON told.system = c.system ORDER BY c.system FOR UPDATE OF c
    )
    UPDATE system_conditions c
    SET last_success_at = greatest(c.last_success_at, told.success), last_poll_at = greatest(c.last_poll_at, told.poll)
    FROM told JOIN locked ON locked.system = told.system WHERE c.system = told.system`,
};
const columns = `system, breaker, since, until, prober = $1, quiet_until, last_success_at, last_poll_at`;
const readAll = { name: 'conditions', text: `SELECT ${columns} FROM system_conditions ORDER BY system` };
const readOne = { name: 'condition', text: `SELECT ${columns} FROM system_conditions WHERE system = $2` };

/** $1 system · $2 now · $3 until · $4 this node */
const moves: Record<ConditionRow['breaker'], { name: string; text: string }> = {
  open: {
    name: 'open-breaker',
    text: `
      UPDATE system_conditions
      SET since = CASE WHEN breaker = 'open' THEN since ELSE $2 END,
        until = greatest($3, CASE WHEN breaker = 'open' THEN until ELSE 0 END), breaker = 'open', prober = ''
      WHERE system = $1 AND (breaker <> 'half_open' OR prober = $4 OR until <= $2)`,
  },
  half_open: {
    name: 'probe-breaker',
    text: `
      UPDATE system_conditions
      SET since = CASE WHEN breaker = 'half_open' THEN since ELSE $2 END, until = $3, breaker = 'half_open', prober = $4
      WHERE system = $1
        AND (breaker = 'open' AND until <= $2 OR breaker = 'half_open' AND (prober = $4 OR until <= $2))`,
  },
  closed: {
    name: 'close-breaker',
    text: `
      UPDATE system_conditions SET since = $2, until = $3, breaker = 'closed', prober = ''
      WHERE system = $1 AND breaker = 'half_open' AND prober = $4`,
  },
};
const silence = {
  name: 'quiet-system',
  text: 'UPDATE system_conditions SET quiet_until = $2 WHERE system = $1 AND quiet_until < $2',
};

/** $1 system · $2 now (µs) · $3 µs a send · $4 most at once · $5 wanted */
const free = '(($2::bigint + $4::bigint * $3::bigint - greatest(rate_until, $2::bigint)) / $3::bigint)';
const given = `greatest(0, least($5::bigint, ${free}))`;
/** "Generic cell rate": one number says how much is left, so that no node has to add anything as time goes by. */
const take = {
  name: 'borrow-rate',
  text: `
    UPDATE system_conditions
    SET granted = ${given}, rate_until = greatest(rate_until, $2::bigint) + ${given} * $3::bigint
    WHERE system = $1 RETURNING granted, ${free}`,
};

const microseconds = 1_000;

export class Conditions implements Sharing {
  readonly #parts: ConditionParts;
  #known: ReadonlySet<string> = new Set();

  constructor(parts: ConditionParts) {
    this.#parts = parts;
  }

  async share({ systems, seen, leases, leaseMs }: ShareRequest): Promise<Shared> {
    const { runner, now, node } = this.#parts;
    await this.#know(systems);
    if (seen.length > 0) await run(runner, see, columnsOf(seen));
    const own = node.id;
    const [held, found, states, aliveMs] = await Promise.all([
      takeLeases(runner, own, { names: leases, ms: leaseMs }),
      rows(runner, readAll, [own]),
      this.#parts.systems(),
      leaseLeft(runner, node),
    ]);
    return { now: now(), conditions: found.map(condition), systems: states, leases: held, node: own, aliveMs };
  }

  async moveBreaker(system: string, { to, until }: BreakerMove): Promise<ConditionRow> {
    const { runner, now, node, onMoved } = this.#parts;
    await this.#know([system]);
    const moved = await run(runner, moves[to], [system, now(), Math.ceil(until), node.id]);
    if (moved > 0) onMoved();
    return condition((await rows(runner, readOne, [node.id, system]))[0] as unknown[]);
  }

  async quiet(system: string, until: number): Promise<void> {
    await this.#know([system]);
    if ((await run(this.#parts.runner, silence, [system, Math.ceil(until)])) > 0) this.#parts.onMoved();
  }

  async borrow(system: string, { perSendUs, burst }: SharedRateLimit, count: number): Promise<RateShare> {
    const { runner, now } = this.#parts;
    await this.#know([system]);
    const [cells] = await rows(runner, take, [system, now() * microseconds, perSendUs, burst, count]);
    const [granted, left] = cells as [number, number];
    return { granted, left: Math.max(0, left) };
  }

  async #know(systems: readonly string[]): Promise<void> {
    if (systems.every((system) => this.#known.has(system))) return;
    await run(this.#parts.runner, know, [systems, this.#parts.now()]);
    this.#known = new Set([...this.#known, ...systems]);
  }
}

const columnsOf = (seen: ShareRequest['seen']): unknown[] => [
  seen.map(({ system }) => system),
  seen.map(({ lastSuccessAt }) => lastSuccessAt),
  seen.map(({ lastPollAt }) => lastPollAt),
];

function condition(cells: readonly unknown[]): ConditionRow {
  const [system, breaker, since, until, mine, quietUntil, lastSuccessAt, lastPollAt] = cells;
  return { system, breaker, since, until, mine, quietUntil, lastSuccessAt, lastPollAt } as ConditionRow;
}
