// The life of a policy's versions: which step may follow which, who may take it, and what it writes. Pure.
import { instant } from '../../clock.ts';
import type { JsonObject } from '../../model/json.ts';
import { checkOverlap, type Interval, type RivalVersion } from '../../policy/effective.ts';
import type { AuditRow, PolicyRow, PolicyState } from '../../store/rows.ts';
import type { PolicyChange } from '../../store/store.ts';
import { notFound, problem } from '../problem.ts';
import type { BacktestResult, CheckResult } from './results.ts';

/** Who did it and when (ms since 1970). */
export interface Step {
  at: number;
  by: string;
}

/** What became of a version; every member is written once, or again by the same step. */
export interface Life {
  check?: CheckResult & Step;
  backtest?: BacktestResult & Step;
  /** override: why it may go on although too much changes. */
  approved?: Step & { override?: string };
  /** When and by whom activation was asked for. */
  activated?: Step & { override?: string };
  /** Since when it decided beside the version in force; until: it does not any more. */
  shadow?: Step & { until?: number };
  /** Since when it is, or was, in force. */
  inForce?: { from: number; until?: number };
  /** The version whose documents it took over. */
  rollbackOf?: number;
}

export type Approval = 'other_key' | 'none';

export interface Doing extends Step {
  policy: string;
  approval: Approval;
}

export const lifeOf = ({ life }: PolicyRow): Life => life as Life;

const withLife = (row: PolicyRow, more: Life, changes: Partial<PolicyRow> = {}): PolicyRow => ({
  ...row,
  ...changes,
  life: { ...row.life, ...more } as JsonObject,
});

const nameOf = ({ policy, version }: Pick<PolicyRow, 'policy' | 'version'>): string => `${policy}@${version}`;

const deed = ({ at, by }: Step, action: string, row: PolicyRow, detail: JsonObject = {}): AuditRow => ({
  ...{ at, actor: by, action: `policy.${action}`, target: nameOf(row), recordId: null, detail },
});

/** @throws ProblemError 404 */
export function versionIn(versions: readonly PolicyRow[], policy: string, version: number): PolicyRow {
  const row = versions.find((one) => one.version === version);
  if (!row) throw notFound(`version ${version} of the policy ${policy}`);
  return row;
}

export interface NewVersion {
  digest: string;
  document: string;
  warehouses: string;
  /** As its document says. */
  effective: Interval;
}

export function nextVersion(versions: readonly PolicyRow[], made: NewVersion, { policy, at, by }: Doing): PolicyRow {
  const { digest, document, warehouses, effective } = made;
  return {
    ...{ policy, version: (versions.at(-1)?.version ?? 0) + 1, state: 'draft', digest, document, warehouses },
    ...{ createdAt: at, createdBy: by, effectiveFrom: effective.from, effectiveUntil: effective.until, life: {} },
    ...{ shadow: false, shadowSeen: 0, shadowDifferent: 0 },
  };
}

export function make(versions: readonly PolicyRow[], made: NewVersion, doing: Doing): PolicyChange<PolicyRow> {
  const row = nextVersion(versions, made, doing);
  return { versions: [row], audit: [deed(doing, 'create', row)], answer: row };
}

/**
 * At a start: a file that differs from what is in force, and from what the file said at an earlier start, becomes the next
 * version. What was activated or rolled back meanwhile by other ways stays in force: a restart undoes nothing.
 * @returns what is in force afterwards
 * @throws ProblemError 409 (S11)
 */
export function takeFile(
  versions: readonly PolicyRow[],
  made: NewVersion,
  activates: 'on_start' | 'manual',
  doing: Doing,
): PolicyChange<PolicyRow | undefined> {
  const active = versions.find(({ state }) => state === 'active');
  const nothing = { versions: [], audit: [], answer: active };
  const before = versions.findLast(({ createdBy }) => createdBy === doing.by);
  const isKept = before?.digest === made.digest;
  if (active?.digest === made.digest || (isKept && (activates === 'manual' || !open.has(before.state)))) return nothing;
  const row = isKept ? before : nextVersion(versions, made, doing);
  const created = isKept ? [] : [deed(doing, 'create', row)];
  if (activates === 'manual') return { versions: [row], audit: created, answer: active };
  const known = isKept ? versions : [...versions, row];
  const ready = known.map((one) => (one === row ? { ...one, state: 'approved' as const } : one));
  const { versions: changed, audit } = activate(ready, row.version, {}, doing);
  return {
    ...{ versions: changed, audit: [...created, ...audit] },
    answer: changed.find(({ state }) => state === 'active') ?? active,
  };
}

/** States of which a step may still be taken back: nothing depends on them yet. */
const open: ReadonlySet<PolicyState> = new Set(['draft', 'checked', 'backtested', 'approved']);

export function checked(
  versions: readonly PolicyRow[],
  version: number,
  result: CheckResult,
  doing: Doing,
): PolicyChange<PolicyRow> {
  const row = versionIn(versions, doing.policy, version);
  const passed = result.outcome === 'passed';
  const state = !open.has(row.state) ? row.state : !passed ? 'draft' : row.state === 'draft' ? 'checked' : row.state;
  const next = withLife(row, { check: { ...result, at: doing.at, by: doing.by } }, { state });
  return { versions: [next], audit: [deed(doing, 'check', row, { outcome: result.outcome })], answer: next };
}

/** @throws ProblemError 409 */
export function requireChecked(row: PolicyRow): void {
  if (row.state !== 'draft') return;
  const failed = lifeOf(row).check !== undefined;
  throw refused(row, failed ? 'its check failed; make a version without these faults' : 'check it first');
}

export function backtested(
  versions: readonly PolicyRow[],
  version: number,
  result: BacktestResult,
  doing: Doing,
): PolicyChange<PolicyRow> {
  const row = versionIn(versions, doing.policy, version);
  const { passed } = result.gate;
  const mayMove = open.has(row.state) && row.state !== 'draft';
  const state = !mayMove ? row.state : !passed ? 'checked' : row.state === 'checked' ? 'backtested' : row.state;
  const next = withLife(row, { backtest: { ...result, at: doing.at, by: doing.by } }, { state });
  const detail = { passed, changedShareBp: result.changedShareBp };
  return { versions: [next], audit: [deed(doing, 'backtest', row, detail)], answer: next };
}

/** @throws ProblemError 409 where a step is missing, 403 where it is the maker's own key */
export function approve(
  versions: readonly PolicyRow[],
  version: number,
  { override }: { override?: string },
  doing: Doing,
): PolicyChange<PolicyRow> {
  const row = versionIn(versions, doing.policy, version);
  requireChecked(row);
  if (row.state === 'approved') throw refused(row, `${lifeOf(row).approved?.by} has approved it already`);
  if (!open.has(row.state)) throw refused(row, 'only a version that was never in force is approved');
  requireGate(row, override);
  if (doing.approval === 'other_key' && row.createdBy === doing.by)
    throw problem(
      'conflict',
      `${nameOf(row)} was made by ${row.createdBy}: somebody else approves it, with a key of another name (or say "approval: none" in policies of syncline.yaml)`,
    );
  const said = override === undefined ? {} : { override };
  const next = withLife(row, { approved: { at: doing.at, by: doing.by, ...said } }, { state: 'approved' });
  return { versions: [next], audit: [deed(doing, 'approve', row, said)], answer: next };
}

/** How much changes was looked at, and is little enough or wanted. */
function requireGate(row: PolicyRow, override: string | undefined): void {
  const { backtest } = lifeOf(row);
  if (!backtest) throw refused(row, 'backtest it first');
  if (backtest.gate.passed || override !== undefined) return;
  throw refused(
    row,
    `it changes ${share(backtest.changedShareBp)} of the decisions, and the gate is ${share(backtest.gate.maxChangedShareBp)}; say override: <reason> if that is meant`,
  );
}

const share = (bp: number): string => `${(bp / 100).toFixed(2)} %`;

export interface Activation {
  /** ms since 1970; else what the document says, else now. */
  effectiveFrom?: number;
  override?: string;
}

export function activate(
  versions: readonly PolicyRow[],
  version: number,
  { effectiveFrom, override }: Activation,
  doing: Doing,
): PolicyChange<PolicyRow> {
  const row = versionIn(versions, doing.policy, version);
  requireMayActivate(row, override, doing);
  const from = effectiveFrom ?? row.effectiveFrom;
  const overlaps = checkOverlap({ from, until: row.effectiveUntil }, rivalsOf(versions, version), doing.at);
  const faults = overlaps.filter(({ severity }) => severity === 'error');
  if (faults.length > 0)
    throw problem(
      'conflict',
      `${nameOf(row)} cannot be activated: ${faults.map(({ message }) => message).join('; ')}`,
      {
        faults: faults.map(({ path, message }) => ({
          path: `/${path.replace('.', '/')}`,
          message: `${message} [S11]`,
        })),
      },
    );
  const activated = { at: doing.at, by: doing.by, ...(override !== undefined && { override }) };
  if (from !== null && from > doing.at) {
    const next = withLife(row, { activated }, { state: 'scheduled', effectiveFrom: from });
    return { versions: [next], audit: [deed(doing, 'schedule', row, { from: instant(from) })], answer: next };
  }
  const next = takeForce(withLife(row, { activated }), doing.at);
  return { versions: [...retiring(versions, doing.at), next], audit: [deed(doing, 'activate', row)], answer: next };
}

function requireMayActivate(row: PolicyRow, override: string | undefined, { approval }: Doing): void {
  if (row.state === 'active') throw refused(row, 'it is in force already');
  if (row.state === 'retired') throw refused(row, 'it was in force before; a rollback makes a new version of it');
  if (row.state === 'approved' || row.state === 'scheduled') return;
  requireChecked(row);
  if (approval === 'other_key') throw refused(row, 'another key than its maker’s approves it first');
  requireGate(row, override);
}

export const rivalsOf = (versions: readonly PolicyRow[], version: number): RivalVersion[] =>
  versions.flatMap(({ version: no, state, effectiveFrom: from, effectiveUntil: until }) =>
    no !== version && (state === 'scheduled' || state === 'active') ? [{ version: no, state, from, until }] : [],
  );

/** A version that is in force decides nothing beside itself. */
function takeForce(row: PolicyRow, at: number): PolicyRow {
  const changes = { state: 'active', effectiveFrom: at, shadow: false } as const;
  const { shadow } = lifeOf(row);
  const ended = row.shadow && shadow ? { shadow: { ...shadow, until: at } } : {};
  return withLife(row, { inForce: { from: at }, ...ended }, changes);
}

function retire(row: PolicyRow, at: number): PolicyRow {
  const { inForce } = lifeOf(row);
  const from = inForce?.from ?? row.effectiveFrom ?? row.createdAt;
  return withLife(row, { inForce: { from, until: at } }, { state: 'retired', effectiveUntil: at });
}

/** What is in force ends where another takes its place. */
const retiring = (versions: readonly PolicyRow[], at: number): PolicyRow[] =>
  versions.filter(({ state }) => state === 'active').map((row) => retire(row, at));

/** What was in force before comes back at once, as a version of its own: the brake that needs no second key. */
export function rollback(
  versions: readonly PolicyRow[],
  { to, reason }: { to: number; reason: string | undefined },
  doing: Doing,
): PolicyChange<PolicyRow> {
  const old = versionIn(versions, doing.policy, to);
  if (old.state === 'active') throw refused(old, 'it is in force');
  if (old.state !== 'retired') throw refused(old, 'it was never in force; check, backtest, approve and activate it');
  const { digest, document, warehouses } = old;
  const made = nextVersion(versions, { digest, document, warehouses, effective: { from: null, until: null } }, doing);
  const { check } = lifeOf(old);
  const told = { rollbackOf: to, activated: { at: doing.at, by: doing.by }, ...(check && { check }) };
  const next = takeForce(withLife(made, told), doing.at);
  const detail = { to, ...(reason !== undefined && { reason }) };
  return {
    versions: [...retiring(versions, doing.at), next],
    audit: [deed(doing, 'rollback', next, detail)],
    answer: next,
  };
}

/** Of a policy that none is in force of: the version that was so last. */
export const lastInForce = (versions: readonly PolicyRow[]): PolicyRow | undefined =>
  versions
    .filter((row) => lifeOf(row).inForce?.until !== undefined)
    .sort((a, b) => (a.effectiveUntil ?? 0) - (b.effectiveUntil ?? 0))
    .at(-1);

/** At most one version decides beside the one in force: the one before ends. */
export function shadow(
  versions: readonly PolicyRow[],
  version: number,
  on: boolean,
  doing: Doing,
): PolicyChange<PolicyRow> {
  const row = versionIn(versions, doing.policy, version);
  if (on) requireChecked(row);
  if (on && row.state === 'active') throw refused(row, 'it is in force, and would only agree with itself');
  const others = versions.filter((one) => one.shadow && one.version !== version);
  const ended = (one: PolicyRow): PolicyRow => {
    const { shadow: since = { at: doing.at, by: doing.by } } = lifeOf(one);
    return withLife(one, { shadow: { ...since, until: doing.at } }, { shadow: false });
  };
  const begun = withLife(row, { shadow: { at: doing.at, by: doing.by } }, { shadow: true });
  const next = on ? (row.shadow ? row : begun) : row.shadow ? ended(row) : row;
  const action = on ? 'shadow' : 'unshadow';
  return {
    ...{ versions: [...(on ? others.map(ended) : []), next], audit: [deed(doing, action, row)], answer: next },
  };
}

export interface Advance {
  /** In force from now on. */
  begun?: PolicyRow;
  /** Its time is over. */
  ended?: PolicyRow;
}

/** Whether something of this policy begins or ends by now. */
export const isDue = (
  rows: readonly Pick<PolicyRow, 'state' | 'effectiveFrom' | 'effectiveUntil'>[],
  now: number,
): boolean =>
  rows.some(
    ({ state, effectiveFrom: from, effectiveUntil: until }) =>
      (state === 'scheduled' && from !== null && from <= now) || (state === 'active' && until !== null && until <= now),
  );

/** What time alone does: a scheduled version takes force, one whose time is over loses it. */
export function advance(versions: readonly PolicyRow[], doing: Doing): PolicyChange<Advance> {
  const { at } = doing;
  const due = versions
    .filter(({ state, effectiveFrom }) => state === 'scheduled' && (effectiveFrom ?? at) <= at)
    .sort((a, b) => (a.effectiveFrom ?? at) - (b.effectiveFrom ?? at));
  const next = due.at(-1);
  // Missed while no hub ran: its time came, and went with that of the next one.
  const missed = due.slice(0, -1).map((row) => retire(row, at));
  const isOver = next?.effectiveUntil != null && next.effectiveUntil <= at;
  const begun = next && (isOver ? retire(next, at) : takeForce(next, at));
  const active = versions.find(({ state }) => state === 'active');
  const ends = active && (begun !== undefined || (active.effectiveUntil !== null && active.effectiveUntil <= at));
  const ended = ends ? retire(active, at) : undefined;
  const changed = [...missed, ...(ended ? [ended] : []), ...(begun ? [begun] : [])];
  return {
    versions: changed,
    audit: changed.map((row) => deed(doing, row.state === 'active' ? 'activate' : 'retire', row)),
    answer: { ...(begun && !isOver && { begun }), ...(ended && { ended }) },
  };
}

const refused = (row: PolicyRow, why: string) => problem('conflict', `${nameOf(row)} is ${row.state}: ${why}`);
