// S3 and S12 of the constraints themselves: together they can be kept, each says something, and the checks can look into them.
import type { Constraint } from '../constraints.ts';
import type { Finding } from './finding.ts';
import { type Assumed, type Questions, undecided } from './questions.ts';
import { solve } from './solve.ts';

type Test = Pick<Questions<unknown>, 'assumed' | 'formulas' | 'can' | 'because'>;

/** Where no facts keep all constraints, "never" would be true of everything: nothing else is told then. */
export function checkContradiction(test: Test, what: string): Finding<never> | undefined {
  if (test.assumed.length === 0 || test.can() !== 'no') return undefined;
  const core = test.because();
  const [first] = core;
  const message = `no ${what} keeps ${core.length === 1 ? `the constraint ${first?.id}` : `the constraints ${core.map(({ id }) => id).join(', ')} together`}: nothing would ever be decided`;
  const path = core.length === 1 && first ? first.path : 'constraints';
  return { path, check: 'S3', severity: 'error', message, suggestion: 'correct or drop one of them' };
}

export const checkConstraints = (test: Test, what: string): Finding<never>[] => [
  ...checkTogether(test, what),
  ...test.assumed.flatMap((one) => [...checkSays(one, test, what), ...checkOpen(one)]),
];

function checkTogether(test: Test, what: string): Finding<never>[] {
  if (test.assumed.length === 0 || test.can() !== 'unknown') return [];
  const message = `it could not be decided within the steps of the check whether any ${what} keeps all constraints`;
  return [
    { path: 'constraints', check: 'S3', severity: 'error', unknown: true, message, suggestion: 'make them simpler' },
  ];
}

/** By itself: what the others demand is no reason. */
function checkSays({ constraint, formula }: Assumed, { formulas }: Test, what: string): Finding<never>[] {
  const { can } = solve(formulas, formula.not);
  if (can === 'yes') return [];
  if (can === 'unknown') return [undecided({ rule: constraint }, 'S3', 'whether it says anything')];
  return [
    ofConstraint(constraint, {
      ...{ check: 'S3', severity: 'warning', message: `says nothing: every ${what} keeps it` },
      suggestion: 'drop it, or correct it',
    }),
  ];
}

function checkOpen({ constraint, open }: Assumed): Finding<never>[] {
  const { acceptUnproven: accepted } = constraint;
  if (open.length === 0) {
    if (accepted === undefined) return [];
    const message = 'there is nothing unproven about this constraint';
    return [
      ofConstraint(
        constraint,
        { check: 'S12', severity: 'warning', message, suggestion: 'drop acceptUnproven' },
        '.acceptUnproven',
      ),
    ];
  }
  const message = `the checks cannot look into ${open.join(', ')}: what it keeps out may still be told as possible`;
  if (accepted !== undefined)
    return [ofConstraint(constraint, { check: 'S12', severity: 'info', message: `${message}; accepted: ${accepted}` })];
  const suggestion = 'compare with constants, in, or startsWith, or say acceptUnproven: <reason>';
  return [ofConstraint(constraint, { check: 'S12', severity: 'error', message, suggestion })];
}

const ofConstraint = (
  { id, path }: Constraint,
  told: Omit<Finding<never>, 'path' | 'rule'>,
  below = '',
): Finding<never> => ({ path: `${path}${below}`, rule: id, ...told });
