// When a returns policy decides what, as formulas over the facts: breakers closed unless the facts trip them, nothing shown yet.

import type { Judged } from '../../analysis/conditions.ts';
import type { Formula, Formulas } from '../../analysis/formula.ts';
import type { Lowered } from '../../analysis/lower.ts';
import type { Expression } from '../../condition/expression.ts';
import { returnFacts } from '../facts.ts';
import { type AnyRule, type Grant, type ReturnsPolicy, rulesOf } from '../policy.ts';
import { type Need, type RefundTiming, refundTimings } from '../terms.ts';

export interface ReturnsOutcome {
  /** In written order. */
  rules: readonly (Judged & { rule: AnyRule })[];
  manual: Formula;
  refund: ReadonlyMap<RefundTiming, Formula>;
  needs: ReadonlyMap<Need, Formula>;
  /** Of each gate and breaker, by id. */
  flags: ReadonlyMap<string, Formula>;
}

/** The limits, as conditions. */
export const limitExpressions = ({ limits }: Pick<ReturnsPolicy, 'limits'>): Expression[] => {
  const asks = (path: 'amountMinor' | 'openRefundFirst', how: '>' | '>=', value: number): Expression => {
    const fact = path === 'amountMinor' ? returnFacts.request.amountMinor : returnFacts.customer.openRefundFirst;
    return {
      op: 'compare',
      how,
      left: { op: 'fact', fact: fact as NonNullable<typeof fact> },
      right: { op: 'literal', value },
    };
  };
  return [
    asks('amountMinor', '>', limits.refundFirstMaxMinor),
    asks('openRefundFirst', '>=', limits.refundFirstOpenPerCustomer),
  ];
};

export const expressionsOf = (policy: ReturnsPolicy): Expression[] => [
  ...rulesOf(policy).map(({ when }) => when.expression),
  ...limitExpressions(policy),
];

interface Lowering {
  formulas: Formulas;
  lower(expression: Expression): Lowered;
}

export function outcomesOf(policy: ReturnsPolicy, { formulas, lower }: Lowering): ReturnsOutcome {
  const rules = rulesOf(policy).map((rule) => {
    const { formula, open } = lower(rule.when.expression);
    return {
      rule,
      condition: formula,
      open,
      below: policy.breakers.some((one) => one === rule) ? '.tripWhen' : '.when',
    };
  });
  const when = (rule: AnyRule): Formula => rules.find((one) => one.rule === rule)?.condition ?? formulas.false;
  const capping = [...policy.gates, ...policy.breakers];
  const limited = formulas.or(limitExpressions(policy).map((one) => lower(one).formula));
  return {
    rules,
    manual: formulas.or([
      ...(policy.baseline.approval === 'manual'
        ? [givenBy(policy.grants, ({ gives }) => gives.approval === 'auto').not]
        : []),
      ...capping.filter(({ caps }) => caps.approval === 'manual').map(when),
    ]),
    refund: new Map(refundTimings.map((timing) => [timing, formulas.and([atLeast(timing), stricter(timing).not])])),
    needs: new Map((['evidence', 'identity'] as const).map((need) => [need, needed(need)])),
    flags: new Map(capping.map((rule) => [rule.id, when(rule)])),
  };

  function givenBy(grants: readonly Grant[], gives: (one: Grant) => boolean): Formula {
    return formulas.or(grants.filter(gives).map(when));
  }

  /** The refund waits for this, or for more. */
  function atLeast(timing: RefundTiming): Formula {
    const least = refundTimings.indexOf(timing);
    const reaches = (one: RefundTiming | undefined): boolean =>
      one !== undefined && refundTimings.indexOf(one) >= least;
    const relaxed = givenBy(policy.grants, ({ gives }) => gives.refund !== undefined && !reaches(gives.refund));
    return formulas.or([
      reaches(policy.baseline.refund) ? relaxed.not : formulas.false,
      ...capping.filter(({ caps }) => reaches(caps.refund)).map(when),
      reaches('on_receipt') ? limited : formulas.false,
    ]);
  }

  function stricter(timing: RefundTiming): Formula {
    const next = refundTimings[refundTimings.indexOf(timing) + 1];
    return next === undefined ? formulas.false : atLeast(next);
  }

  /** Asked for by a flag, or by a grant that gives more than those that ask for nothing. */
  function needed(need: Need): Formula {
    const asking = [...policy.requirements, ...policy.gates].filter(({ needs }) => needs.includes(need)).map(when);
    const granting = policy.grants
      .filter(({ subjectTo }) => subjectTo.includes(need))
      .map((one) => formulas.and([when(one), improves(one)]));
    return policy.baseline.needs.includes(need) ? formulas.true : formulas.or([...asking, ...granting]);
  }

  function improves({ gives }: Grant): Formula {
    const free = policy.grants.filter(({ subjectTo }) => subjectTo.length === 0);
    const isBelow = (a: RefundTiming, b: RefundTiming): boolean => refundTimings.indexOf(a) < refundTimings.indexOf(b);
    const auto =
      gives.approval === 'auto' && policy.baseline.approval === 'manual'
        ? givenBy(free, (one) => one.gives.approval === 'auto').not
        : formulas.false;
    const { refund } = gives;
    const sooner =
      refund !== undefined && isBelow(refund, policy.baseline.refund)
        ? givenBy(free, (one) => one.gives.refund !== undefined && !isBelow(refund, one.gives.refund)).not
        : formulas.false;
    return formulas.or([auto, sooner]);
  }
}
