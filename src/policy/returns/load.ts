// Reads a returns policy: its text becomes something that decides, or every fault that keeps it from that.
import { parseDuration } from '../../model/duration.ts';
import { isTree } from '../../model/own.ts';
import { factsRead } from '../condition/expression.ts';
import { celParser } from '../condition/library.ts';
import { type ConditionReading, readWhen, type When } from '../condition/when.ts';
import { type Constraint, readConstraints } from '../constraints.ts';
import { allFacts, type Fact } from '../facts.ts';
import { type Fault, teller } from '../fault.ts';
import { membersOf, tellIssues } from '../shape-faults.ts';
import { readYaml } from '../yaml-source.ts';
import { checkRules, checkValues } from './check-document.ts';
import { documentSchema, type ReturnsDocument } from './document.ts';
import { returnFacts } from './facts.ts';
import { floors } from './floor.ts';
import type { BreakerRule, Gate, Grant, Limits, Requirement, ReturnsPolicy } from './policy.ts';
import { readTests } from './read-tests.ts';

const parse = celParser(returnFacts);

/** @param document YAML text, or the tree that it would be */
export function loadReturnsPolicy(document: unknown): { policy: ReturnsPolicy } | { faults: Fault[] } {
  const source = typeof document === 'string' ? readYaml(document) : { tree: document };
  return 'faults' in source ? source : readTree(source.tree);
}

function readTree(tree: unknown): { policy: ReturnsPolicy } | { faults: Fault[] } {
  const faults: Fault[] = [];
  const shape = documentSchema.safeParse(tree);
  if (!shape.success) tellIssues(shape.error, tree, teller(faults, '', { check: 'S1' }), membersOf(documentSchema));
  const rules = writtenRules(tree);
  const reading = { table: returnFacts, parse, faults };
  const constraints = readConstraints(tree, reading);
  const whens = readConditions(rules, reading);
  checkRules(rules, faults);
  const tests = readTests(tree, { rules, constraints }, reading);
  if (shape.success) checkValues(shape.data, whens, faults);
  return shape.success && faults.length === 0
    ? { policy: policyOf(shape.data, whens, { tests, constraints }) }
    : { faults };
}

const parts = ['grants', 'requirements', 'gates', 'breakers'] as const;

export interface WrittenRule {
  part: (typeof parts)[number];
  path: string;
  /** Its path where it has none. */
  id: string;
  when?: string;
}

/** Also of rules that have faults: naming one of them is no second fault. */
function writtenRules(tree: unknown): WrittenRule[] {
  const document = (isTree(tree) ? tree : {}) as Record<string, unknown>;
  return parts.flatMap((part) => {
    const list = document[part];
    return (Array.isArray(list) ? list : []).map((rule: unknown, at): WrittenRule => {
      const { id, when, tripWhen } = (isTree(rule) ? rule : {}) as Record<string, unknown>;
      const path = `${part}[${at}]`;
      const text = part === 'breakers' ? tripWhen : when;
      return {
        part,
        path,
        id: typeof id === 'string' ? id : path,
        ...(typeof text === 'string' && text !== '' && { when: text }),
      };
    });
  });
}

const conditionOf = (part: WrittenRule['part']): string => (part === 'breakers' ? 'tripWhen' : 'when');

/** By path of the rule. */
function readConditions(rules: readonly WrittenRule[], reading: ConditionReading): Map<string, When> {
  const read = rules.flatMap(({ part, path, id, when }): [string, When][] => {
    const found = when === undefined ? undefined : readWhen(when, `${path}.${conditionOf(part)}`, reading, id);
    return found ? [[path, found]] : [];
  });
  return new Map(read);
}

function policyOf(
  document: ReturnsDocument,
  whens: ReadonlyMap<string, When>,
  { tests, constraints }: Pick<ReturnsPolicy, 'tests' | 'constraints'>,
): ReturnsPolicy {
  const { title, effective, timezone, define, baseline, evidence, acceptUnproven = {} } = document;
  const grants = document.grants.map(
    (one, at): Grant => ({
      ...ruled(one, 'grants', at, whens),
      gives: one.gives,
      subjectTo: one.subjectTo ?? [],
    }),
  );
  const requirements = document.requirements.map(
    (one, at): Requirement => ({
      ...ruled(one, 'requirements', at, whens),
      needs: one.needs,
    }),
  );
  const gates = document.gates.map(
    (one, at): Gate => ({
      ...ruled(one, 'gates', at, whens),
      level: one.level,
      caps: one.caps ?? {},
      needs: one.needs ?? [],
    }),
  );
  const breakers = document.breakers.map((one, at) => breakerOf(one, ruled(one, 'breakers', at, whens)));
  return {
    ...{ ...(title && { title }), ...(effective && { effective }), constraints, timezone, define, baseline },
    ...{ grants, requirements, gates, breakers, limits: limitsOf(document.limits) },
    floor: document.floor.map((id) => floors[id]),
    ...{ evidence, acceptUnproven, tests, reads: readsOf([...whens.values()], constraints) },
  };
}

type Written = ReturnsDocument['grants' | 'requirements' | 'gates' | 'breakers'][number];

function ruled(
  { id, reason, acceptUnproven }: Written,
  part: WrittenRule['part'],
  at: number,
  whens: ReadonlyMap<string, When>,
) {
  const path = `${part}[${at}]`;
  const accepted = acceptUnproven !== undefined && { acceptUnproven };
  return { id, path, when: whens.get(path) as When, reason: Object.freeze(reason), ...accepted };
}

function breakerOf(
  { level, scope, caps, coolDown, backoff, halfOpen }: ReturnsDocument['breakers'][number],
  rule: ReturnType<typeof ruled>,
): BreakerRule {
  const coolDownMs = parseDuration(coolDown);
  return {
    ...rule,
    ...{ level, scope, caps, coolDownMs },
    backoff: backoff ? { factor: backoff.factor, maxMs: parseDuration(backoff.max) } : { factor: 1, maxMs: coolDownMs },
    halfOpen: { permits: halfOpen.permits, caps: halfOpen.caps ?? {}, closeAfterPassed: halfOpen.closeAfterPassed },
  };
}

const limitsOf = (limits: ReturnsDocument['limits']): Limits => ({
  refundFirstMaxMinor: limits.refundFirstMaxMinor,
  refundFirstOpenPerCustomer: limits.refundFirstOpenPerCustomer,
  shipBackWithinMs: parseDuration(limits.shipBackWithin),
  refundCancelWindowMs: parseDuration(limits.refundCancelWindow),
  decideWithinMs: parseDuration(limits.decideWithin),
});

/** Beside the conditions: what the limits and the floors ask. */
const alwaysRead = ['customer.openRefundFirst', 'request.amountMinor', 'request.deliveredDaysAgo'];

function readsOf(whens: readonly When[], constraints: readonly Constraint[]): Fact[] {
  const read = new Set([...whens, ...constraints].flatMap(({ expression }) => [...factsRead(expression)]));
  return allFacts(returnFacts).filter((fact) => read.has(fact) || alwaysRead.includes(fact.path));
}
