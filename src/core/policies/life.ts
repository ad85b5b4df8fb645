// The life of a policy's versions: which step may follow which, who may take it, and what it writes. Pure.
import { instant } from '../../clock.ts';
import type { JsonObject } from '../../model/json.ts';
import {
  checkOverlap,
  checkScopes,
  type Interval,
  type OverlapFinding,
  type RivalVersion,
} from '../../policy/effective.ts';
import { everywhere, isSameScope, overlap, type Scope, scopeOfText, scopeText } from '../../policy/scope.ts';
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

/** As its document says: versions of one scope follow each other, those of scopes that share no order go side by side. */
export const scopeOf = ({ document }: Pick<PolicyRow, 'document'>): Scope => scopeOfText(document);

const isActive = ({ state }: Pick<PolicyRow, 'state'>): boolean => state === 'active';

/** In force for exactly these orders. */
const inForceFor = (versions: readonly PolicyRow[], scope: Scope): PolicyRow | undefined =>
  versions.find((one) => isActive(one) && isSameScope(scopeOf(one), scope));

/** The version that decides of the same orders now; undefined where there is none, or more than one. */
export function againstWhich(versions: readonly PolicyRow[], row: PolicyRow): PolicyRow | undefined {
  const scope = scopeOf(row);
  const [only, ...more] = versions.filter((one) => isActive(one) && overlap(scopeOf(one), scope));
  return more.length === 0 ? only : undefined;
}

export function nextVersion(versions: readonly PolicyRow[], made: NewVersion, { policy, at, by }: Doing): PolicyRow {
  const { digest, document, warehouses, effective } = made;
  const own = scopeOfText(document);
  const scope = isSameScope(own, everywhere) ? '' : scopeText(own);
  return {
    ...{ policy, version: (versions.at(-1)?.version ?? 0) + 1, state: 'draft', digest, document, warehouses, scope },
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
  const scope = scopeOfText(made.document);
  // What the file said before has its place also where it says another scope now.
  const ofFile = versions.find((one) => isActive(one) && one.createdBy === doing.by);
  const active = inForceFor(versions, scope) ?? ofFile;
  const nothing = { versions: [], audit: [], answer: active };
  const before = versions.findLast(({ createdBy }) => createdBy === doing.by);
  const isKept = before?.digest === made.digest;
  if (active?.digest === made.digest || (isKept && (activates === 'manual' || !open.has(before.state)))) return nothing;
  const row = isKept ? before : nextVersion(versions, made, doing);
  const created = isKept ? [] : [deed(doing, 'create', row)];
  if (activates === 'manual') return { versions: [row], audit: created, answer: active };
  const isNow = row.effectiveFrom === null || row.effectiveFrom <= doing.at;
  const moved = isNow && ofFile && !isSameScope(scopeOf(ofFile), scope) ? [retire(ofFile, doing.at)] : [];
  const known = [...versions.filter((one) => one.version !== moved[0]?.version), ...moved, ...(isKept ? [] : [row])];
  const ready = known.map((one) => (one === row ? { ...one, state: 'approved' as const } : one));
  const { versions: changed, audit } = activate(ready, row.version, {}, doing);
  return {
    ...{ versions: [...moved, ...changed], audit: [...created, ...audit] },
    answer: changed.find(isActive) ?? active,
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
  const overlaps = overlapsOf(versions, { ...row, effectiveFrom: from }, doing.at);
  const faults = overlaps.filter(({ severity }) => severity === 'error');
  if (faults.length > 0)
    throw problem('conflict', `${nameOf(row)} cannot be activated: ${faults.map(withNext).join('; ')}`, {
      faults: faults.map((one) => ({ path: `/${one.path.replace('.', '/')}`, message: `${withNext(one)} [S11]` })),
    });
  const activated = { at: doing.at, by: doing.by, ...(override !== undefined && { override }) };
  if (from !== null && from > doing.at) {
    const next = withLife(row, { activated }, { state: 'scheduled', effectiveFrom: from });
    return { versions: [next], audit: [deed(doing, 'schedule', row, { from: instant(from) })], answer: next };
  }
  const next = takeForce(withLife(row, { activated }), doing.at);
  const retired = retiring(versions, scopeOf(row), doing.at);
  return { versions: [...retired, next], audit: [deed(doing, 'activate', row)], answer: next };
}

function requireMayActivate(row: PolicyRow, override: string | undefined, { approval }: Doing): void {
  if (row.state === 'active') throw refused(row, 'it is in force already');
  if (row.state === 'retired') throw refused(row, 'it was in force before; a rollback makes a new version of it');
  if (row.state === 'approved' || row.state === 'scheduled') return;
  requireChecked(row);
  if (approval === 'other_key') throw refused(row, 'another key than its maker’s approves it first');
  requireGate(row, override);
}

const withNext = ({ message, suggestion }: OverlapFinding): string =>
  suggestion === undefined ? message : `${message} (${suggestion})`;

/** S11: beside the versions of its own scope, whose place it takes, and beside those of scopes that share orders with it. */
export function overlapsOf(versions: readonly PolicyRow[], row: PolicyRow, now: number): OverlapFinding[] {
  const scope = scopeOf(row);
  const interval: Interval = { from: row.effectiveFrom, until: row.effectiveUntil };
  const running = versions.flatMap((one) => {
    const { version, state, effectiveFrom: from, effectiveUntil: until } = one;
    if (version === row.version || (state !== 'scheduled' && state !== 'active')) return [];
    return [{ version, state, from, until, name: nameOf(one), own: scopeOf(one) }];
  });
  const rivals: RivalVersion[] = running.filter(({ own }) => isSameScope(own, scope));
  const others = running
    .filter(({ own }) => !isSameScope(own, scope) && overlap(own, scope))
    .map(({ own, ...one }) => ({ ...one, scope: scopeText(own) }));
  return [
    ...checkOverlap(interval, rivals, now),
    ...checkScopes({ ...interval, scope: scopeText(scope) }, others, now),
  ];
}

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

/** What is in force for the same orders ends where another takes its place. */
function retiring(versions: readonly PolicyRow[], scope: Scope, at: number): PolicyRow[] {
  const active = inForceFor(versions, scope);
  return active ? [retire(active, at)] : [];
}

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
  const shared = overlapsOf(versions, made, doing.at).filter(({ path }) => path === 'scope');
  if (shared.length > 0) throw refused(old, `it cannot come back: ${shared.map(withNext).join('; ')}`);
  const { check } = lifeOf(old);
  const told = { rollbackOf: to, activated: { at: doing.at, by: doing.by }, ...(check && { check }) };
  const next = takeForce(withLife(made, told), doing.at);
  const detail = { to, ...(reason !== undefined && { reason }) };
  return {
    versions: [...retiring(versions, scopeOf(old), doing.at), next],
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

/** What time alone does: a scheduled version takes force, one whose time is over loses it; for each scope by itself. */
export function advance(versions: readonly PolicyRow[], doing: Doing): PolicyChange<Advance[]> {
  const scopes = new Map<string, PolicyRow[]>();
  for (const row of versions) {
    if (row.state !== 'scheduled' && row.state !== 'active') continue;
    const name = scopeText(scopeOf(row));
    scopes.set(name, [...(scopes.get(name) ?? []), row]);
  }
  const all = [...scopes.values()].map((own) => advanceOne(own, doing));
  // What ends goes first: at no moment has an order two.
  const changed = all.flatMap((one) => one.versions).sort((a, b) => Number(isActive(a)) - Number(isActive(b)));
  return { versions: changed, audit: all.flatMap(({ audit }) => audit), answer: all.map(({ answer }) => answer) };
}

function advanceOne(versions: readonly PolicyRow[], doing: Doing): PolicyChange<Advance> {
  const { at } = doing;
  const due = versions
    .filter(({ state, effectiveFrom }) => state === 'scheduled' && (effectiveFrom ?? at) <= at)
    .sort((a, b) => (a.effectiveFrom ?? at) - (b.effectiveFrom ?? at));
  const next = due.at(-1);
  // Missed while no hub ran: its time came, and went with that of the next one.
  const missed = due.slice(0, -1).map((row) => retire(row, at));
  const isOver = next?.effectiveUntil != null && next.effectiveUntil <= at;
  const begun = next && (isOver ? retire(next, at) : takeForce(next, at));
  const active = versions.find(isActive);
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
