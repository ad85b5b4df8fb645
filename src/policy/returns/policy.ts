// A returns policy as it is evaluated: conditions compiled, floors looked up, lengths of time in milliseconds.
import type { When } from '../condition/when.ts';
import type { Constraint } from '../constraints.ts';
import type { Head, InWords } from '../document-shapes.ts';
import type { Fact, Facts } from '../facts.ts';
import type { Definitions, EvidenceRules, TestStanding } from './document.ts';
import type { Floor } from './floor.ts';
import type { MadeRecord } from './life/made-records.ts';
import type { Bounds, Level, Need, RefundTiming, Terms } from './terms.ts';

export interface ReturnsPolicy extends Head {
  constraints: readonly Constraint[];
  timezone: string;
  define: Definitions;
  baseline: Terms;
  grants: readonly Grant[];
  requirements: readonly Requirement[];
  gates: readonly Gate[];
  breakers: readonly BreakerRule[];
  limits: Limits;
  floor: readonly Floor[];
  evidence: EvidenceRules;
  /** By what a return makes: why it may go to a system that it is not safe to repeat it to. */
  acceptUnproven: Readonly<Partial<Record<MadeRecord, string>>>;
  tests: readonly EmbeddedTest[];
  /** What this version reads: all facts that its decisions depend on. */
  reads: readonly Fact[];
}

interface Ruled {
  id: string;
  path: string;
  when: When;
  reason: InWords;
  acceptUnproven?: string;
}

export interface Grant extends Ruled {
  gives: Bounds;
  subjectTo: readonly Need[];
}

export interface Requirement extends Ruled {
  needs: readonly Need[];
}

export interface Gate extends Ruled {
  level: Level;
  caps: Bounds;
  needs: readonly Need[];
}

export interface BreakerRule extends Ruled {
  level: Level;
  scope: 'customer' | 'store';
  caps: Bounds;
  coolDownMs: number;
  backoff: { factor: number; maxMs: number };
  halfOpen: { permits: number; caps: Bounds; closeAfterPassed: number };
}

export interface Limits {
  refundFirstMaxMinor: number;
  refundFirstOpenPerCustomer: number;
  shipBackWithinMs: number;
  refundCancelWindowMs: number;
  decideWithinMs: number;
}

export type AnyRule = Grant | Requirement | Gate | BreakerRule;

/** All rules with conditions, in written order. */
export const rulesOf = ({
  grants,
  requirements,
  gates,
  breakers,
}: Omit<ReturnsPolicy, 'tests' | 'reads'>): AnyRule[] => [...grants, ...requirements, ...gates, ...breakers];

export interface EmbeddedTest {
  name: string;
  path: string;
  facts: Facts;
  breakers: Readonly<Record<string, TestStanding>>;
  expect: {
    approval: string;
    refund: RefundTiming;
    needs: readonly Need[];
    level: Level;
    flags: readonly string[];
    grants?: readonly string[];
  };
}
