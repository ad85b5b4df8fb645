// Versions of policies as they are shown.
import { instant } from '../../clock.ts';
import type { PolicyRow, ShadowRow } from '../../store/rows.ts';
import type { PolicySummary, PolicyVersionView, PolicyView, ShadowDifference } from '../core.ts';
import type { JobState } from './jobs.ts';
import { lifeOf, type Step, scopeOf } from './life.ts';

const time = (ms: number | null | undefined): string | null => (ms === null || ms === undefined ? null : instant(ms));
const stepView = <S extends Step>(step: S) => ({ ...step, at: instant(step.at) });

const summary = (row: PolicyRow): PolicySummary => {
  const { version, state, createdAt, createdBy, effectiveFrom, effectiveUntil } = row;
  return {
    ...{ version, state, createdAt: instant(createdAt), createdBy },
    ...{ effectiveFrom: time(effectiveFrom), effectiveUntil: time(effectiveUntil), scope: scopeOf(row) },
  };
};

export const policyView = (policy: string, versions: readonly PolicyRow[]): PolicyView => ({
  policy,
  active: versions.findLast(({ state }) => state === 'active')?.version ?? null,
  versions: versions.map(summary),
});

export interface RunningJobs {
  check: JobState | undefined;
  backtest: JobState | undefined;
}

export function versionView(row: PolicyRow, jobs: RunningJobs): PolicyVersionView {
  const { policy, digest, document, warehouses, shadowSeen: seen, shadowDifferent: different } = row;
  const { check, backtest, approved, activated, shadow, inForce, rollbackOf } = lifeOf(row);
  return {
    ...{ policy, ...summary(row), digest, document, warehouses },
    check: jobs.check ?? (check ? { state: 'done', ...stepView(check) } : null),
    backtest: jobs.backtest ?? (backtest ? { state: 'done', ...backtestView(backtest) } : null),
    approved: approved ? stepView(approved) : null,
    activated: activated ? stepView(activated) : null,
    inForce: inForce ? { from: instant(inForce.from), until: time(inForce.until) } : null,
    rollbackOf: rollbackOf ?? null,
    shadow: shadow
      ? { running: row.shadow, since: instant(shadow.at), by: shadow.by, until: time(shadow.until), seen, different }
      : null,
  };
}

function backtestView({ since, at, samples, ...rest }: NonNullable<ReturnType<typeof lifeOf>['backtest']>) {
  const told = samples.map((sample) => ({ ...sample, at: instant(sample.at) }));
  return { ...rest, at: instant(at), since: instant(since), samples: told };
}

export const differenceView = ({ decision, subject, at, detail }: ShadowRow): ShadowDifference => ({
  ...{ decision, subject, at: instant(at) },
  ...(detail as Pick<ShadowDifference, 'changes' | 'failure'>),
});
