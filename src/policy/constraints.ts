// Constraints: what the facts of a policy never contradict. The proofs assume them, and so nothing is decided of facts that break one.
import { isTree } from '../model/own.ts';
import { type Condition, compileCondition } from './condition/compile.ts';
import { type Expression, factsRead } from './condition/expression.ts';
import { type ConditionReading, readWhen, type When } from './condition/when.ts';
import type { InWords } from './document-shapes.ts';
import type { Facts } from './facts.ts';
import { teller } from './fault.ts';

export interface Constraint {
  id: string;
  path: string;
  /** Absent: always. */
  when?: When;
  must: When;
  reason?: InWords;
  acceptUnproven?: string;
  /** The whole of it: `when` is false, or `must` is true. */
  expression: Expression;
  keeps: Condition;
}

interface Constrained {
  constraints: readonly Constraint[];
}

/** Tells what is wrong with conditions and ids; shapes are told before. @returns those without a fault */
export function readConstraints(tree: unknown, reading: ConditionReading): Constraint[] {
  const written: unknown = isTree(tree) ? tree.constraints : undefined;
  const seen = new Map<string, string>();
  return (Array.isArray(written) ? written : []).flatMap((one: unknown, at) => {
    const path = `constraints[${at}]`;
    const document = (isTree(one) ? one : {}) as Record<string, unknown>;
    const id = typeof document.id === 'string' ? document.id : path;
    const first = seen.get(id);
    if (first !== undefined)
      teller(reading.faults, path, { check: 'S1' })('id', `"${id}" is the id of ${first} already`);
    else seen.set(id, path);
    return readConstraint(document, { id, path }, reading) ?? [];
  });
}

function readConstraint(
  document: Record<string, unknown>,
  { id, path }: Pick<Constraint, 'id' | 'path'>,
  reading: ConditionReading,
): Constraint | undefined {
  const condition = (member: 'when' | 'must'): When | undefined => {
    const text = document[member];
    return typeof text === 'string' && text !== '' ? readWhen(text, `${path}.${member}`, reading, id) : undefined;
  };
  const [when, must] = [condition('when'), condition('must')];
  if (!must || (document.when !== undefined && !when)) return undefined;
  const { reason, acceptUnproven } = document as Pick<Constraint, 'reason' | 'acceptUnproven'>;
  const expression: Expression = when
    ? { op: 'or', left: { op: 'not', of: when.expression }, right: must.expression }
    : must.expression;
  return {
    ...{ id, path, ...(when && { when }), must, expression, keeps: compileCondition(expression) },
    ...(reason && { reason: Object.freeze({ ...reason }) }),
    ...(acceptUnproven !== undefined && { acceptUnproven }),
  };
}

export const brokenBy = (facts: Facts, { constraints }: Constrained): Constraint[] =>
  constraints.filter(({ keeps }) => !keeps(facts));

/** With the values that break it, and what to do about them. */
function breach({ id, when, must, reason, expression }: Constraint, facts: Facts): string {
  const demand = when ? `${when.text} demands ${must.text}` : `it demands ${must.text}`;
  const values = [...factsRead(expression)].map(
    ({ path, group, member }) => `${path} is ${JSON.stringify(facts[group]?.[member])}`,
  );
  const why = reason ? `; ${reason.en} · ${reason.zh}` : '';
  return `the facts break the constraint ${id}: ${demand}, and ${values.join(', ')}${why}; correct them, or the constraint`;
}

/** In words, each with the values that break it; none: the facts may be decided of. */
export const breaches = (facts: Facts, policy: Constrained): string[] =>
  brokenBy(facts, policy).map((one) => breach(one, facts));

/** @throws Error that names every constraint that is broken: then nothing is decided, just as of a fact out of bounds */
export function requireKept(policy: Constrained, facts: Facts): void {
  if (policy.constraints.length === 0) return;
  const broken = breaches(facts, policy);
  if (broken.length > 0) throw new Error(broken.join('; '));
}
