// What the grammar of a returns policy alone lets pass: ids twice, rules without effect, breakers that never close.
import { parseDuration } from '../../model/duration.ts';
import { factsRead } from '../condition/expression.ts';
import type { When } from '../condition/when.ts';
import { checkEffective } from '../effective.ts';
import { type Fault, teller } from '../fault.ts';
import type { ReturnsDocument } from './document.ts';
import { floorIds } from './floor.ts';
import { limitRules } from './limits.ts';
import { approvals, type Bounds, refundTimings } from './terms.ts';

interface Named {
  id: string;
  path: string;
}

const reserved: readonly string[] = ['baseline', ...limitRules.map(({ id }) => id), ...floorIds];

export function checkRules(rules: readonly Named[], faults: Fault[]): void {
  rules.forEach(({ id, path }, at) => {
    const tell = teller(faults, path, { check: 'S1' });
    const first = rules.slice(0, at).find((one) => one.id === id);
    if (first) tell('id', `"${id}" is the id of ${first.path} already`);
    if (reserved.includes(id)) tell('id', `"${id}" is a name that reasons have already`, 'choose another');
  });
}

/** @param whens conditions by the path of their rule */
export function checkValues(document: ReturnsDocument, whens: ReadonlyMap<string, When>, faults: Fault[]): void {
  const { grants, gates, breakers, evidence } = document;
  checkEffective(document, faults);
  grants.forEach(({ id, gives }, at) => {
    if (Object.keys(gives).length === 0)
      teller(faults, `grants[${at}]`, { check: 'S1', rule: id })('gives', 'must not be empty');
  });
  gates.forEach(({ id, caps, needs }, at) => {
    if (Object.keys(caps ?? {}).length === 0 && needs === undefined)
      teller(faults, `gates[${at}]`, { check: 'S1', rule: id })('', 'tightens nothing', 'give it caps or needs');
  });
  breakers.forEach((one, at) => {
    checkBreaker(one, `breakers[${at}]`, whens, faults);
  });
  if (evidence.brightness.from >= evidence.brightness.to)
    teller(faults, 'evidence.brightness', { check: 'S1' })('to', 'must be larger than from');
}

function checkBreaker(
  { id, scope, caps, coolDown, backoff, halfOpen }: ReturnsDocument['breakers'][number],
  path: string,
  whens: ReadonlyMap<string, When>,
  faults: Fault[],
): void {
  const tell = teller(faults, path, { check: 'S1', rule: id });
  if (Object.keys(caps).length === 0) tell('caps', 'must not be empty');
  if (halfOpen.closeAfterPassed > halfOpen.permits)
    tell('halfOpen.closeAfterPassed', `can never be reached with ${halfOpen.permits} permits`, 'give as many permits');
  if (isStricter(halfOpen.caps, caps)) tell('halfOpen.caps', 'must not be stricter than the caps of the open breaker');
  if (parseDuration(coolDown) <= 0) tell('coolDown', 'must be longer than nothing');
  if (backoff && parseDuration(backoff.max) < parseDuration(coolDown))
    tell('backoff.max', 'must not be shorter than coolDown');
  const others = [...factsRead(whens.get(path)?.expression ?? { op: 'literal', value: true })].filter(
    ({ group }) => group !== scope,
  );
  // Latched for a whole store by what one customer did, or for a customer by what others did.
  if (others.length > 0)
    tell(
      'tripWhen',
      `a breaker of a ${scope} reads ${others.map((fact) => fact.path).join(', ')}`,
      `ask facts of the ${scope} only`,
    );
}

function isStricter(inner: Bounds = {}, outer: Bounds): boolean {
  const exceeds = <T>(order: readonly T[], a: T | undefined, b: T | undefined): boolean =>
    a !== undefined && order.indexOf(a) > (b === undefined ? 0 : order.indexOf(b));
  return exceeds(approvals, inner.approval, outer.approval) || exceeds(refundTimings, inner.refund, outer.refund);
}
