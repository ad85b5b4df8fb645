// What the types alone let pass: an order of texts, a comparison of sets, a word that a fact never says.

import type { Tell } from '../../model/document-places.ts';
import type { Fact } from '../facts.ts';
import { didYouMean } from '../fault.ts';
import { type Comparison, type Expression, kindOf, mirrored, partsOf } from './expression.ts';

export function checkWords(expression: Expression, tell: Tell): void {
  visit(expression, undefined, tell);
}

/** @param over the set whose item is looked at */
function visit(expression: Expression, over: Fact | undefined, tell: Tell): void {
  if (expression.op === 'compare') checkComparison(expression, over, tell);
  if (expression.op === 'in') checkMembership(expression, over, tell);
  const inner = expression.op === 'exists' ? expression.over : over;
  for (const part of partsOf(expression)) visit(part, inner, tell);
}

type Compare = Extract<Expression, { op: 'compare' }>;
type In = Extract<Expression, { op: 'in' }>;

function checkComparison({ how, left, right }: Compare, over: Fact | undefined, tell: Tell): void {
  const kind = kindOf(left);
  const isOrder = how !== '==' && how !== '!=';
  if (kind === 'set') tell('', `${how} does not compare sets`, 'ask for a member: "…" in <set>');
  else if (isOrder && kind !== 'int') tell('', `${how} compares whole numbers only`);
  checkRatio(how, left, tell);
  checkRatio(mirrored[how], right, tell);
  checkWord(left, right, over, tell);
  checkWord(right, left, over, tell);
}

/** floor(x) < n and floor(x) >= n say of a whole n what x < n and x >= n say; the others do not. */
function checkRatio(how: Comparison | 'in', side: Expression, tell: Tell): void {
  if (side.op !== 'fact' || side.fact.type.kind !== 'int' || !side.fact.type.ratio) return;
  if (how !== '<' && how !== '>=')
    tell('', `${side.fact.path} is a share rounded down, of which only < and >= are exact`, 'compare it with < or >=');
}

function checkMembership({ item, list }: In, over: Fact | undefined, tell: Tell): void {
  checkRatio('in', item, tell);
  for (const one of list.op === 'list' ? list.items : []) checkWord(item, one, over, tell);
  checkWord(list, item, over, tell);
}

/** A literal beside something that says only certain words must be one of them. */
function checkWord(said: Expression, literal: Expression, over: Fact | undefined, tell: Tell): void {
  const fact = said.op === 'item' ? over : said.op === 'fact' ? said.fact : undefined;
  if (!fact || literal.op !== 'literal' || typeof literal.value !== 'string') return;
  if (fact.type.kind !== 'enum' && fact.type.kind !== 'set') return;
  const { values } = fact.type;
  if (!values.includes(literal.value))
    tell('', `${fact.path} never says "${literal.value}"`, didYouMean(literal.value, values));
}
