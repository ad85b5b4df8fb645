// CEL conditions of a mapping: compiled once, total over missing members, never throwing.
import { Environment } from '@marcbachmann/cel-js';
import type { Tell } from '../model/document-places.ts';
import { fieldAt, fieldsOf } from '../model/fields.ts';
import { type Json, type JsonObject, type Lossless, type LosslessObject, toJson } from '../model/json.ts';
import { own, put } from '../model/own.ts';
import type { RecordType } from '../model/records.ts';
import { didYouMean } from './fault.ts';

export type Condition = (tree: LosslessObject) => boolean;

interface Node {
  op: string;
  args: unknown;
}

const environments = {
  record: new Environment({ limits: { maxAstNodes: 500, maxDepth: 50 } }).registerVariable('record', 'dyn'),
  theirs: new Environment({ limits: { maxAstNodes: 500, maxDepth: 50 } }).registerVariable('theirs', 'dyn'),
};

/**
 * A member that is not there is null. A condition that asks with `has()` sees what is there, and one that still fails
 * (say, compares a text with a number) is not satisfied.
 * @returns undefined after the fault was told
 */
export function compileCondition(
  text: string,
  root: 'record' | 'theirs',
  tell: Tell,
  type?: RecordType,
): Condition | undefined {
  let expression: ReturnType<Environment['parse']>;
  try {
    expression = environments[root].parse(text);
    const checked = expression.check();
    if (!checked.valid) throw checked.error ?? new Error('does not type-check');
    if (checked.type !== 'bool' && checked.type !== 'dyn')
      return void tell('', `must be true or false, and is ${String(checked.type)}`);
  } catch (error) {
    return void tell('', (error as Error).message.split('\n')[0]?.trim() ?? 'is no CEL expression');
  }
  const chains = memberChains(expression.ast as unknown as Node, root);
  if (type && !chains.every((chain) => isKnown(chain, type, tell))) return undefined;
  const view = chains.length > 0 && !/\bhas\s*\(/.test(text) ? totalView(chains) : plainView;
  return (tree) => {
    try {
      return expression({ [root]: view(tree) }) === true;
    } catch {
      return false;
    }
  };
}

function isKnown(chain: readonly string[], type: RecordType, tell: Tell): boolean {
  if (fieldAt(type, chain.join('.'))) return true;
  const [head = ''] = chain;
  tell('', `record.${chain.join('.')} is no field of ${type}`, didYouMean(head, Object.keys(fieldsOf(type))));
  return false;
}

/** Longest member paths below the root; none when the root is used in any other way. */
function memberChains(ast: Node, root: string): string[][] {
  const found: string[][] = [];
  let bare = false;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    if (typeof value !== 'object' || value === null || !('op' in value)) return;
    const node = value as Node;
    const chain = chainOf(node, root);
    if (chain) found.push(chain);
    else if (node.op === 'id' && node.args === root) bare = true;
    else visit(node.args);
  };
  visit(ast);
  return bare ? [] : found;
}

function chainOf(node: Node, root: string): string[] | undefined {
  if (node.op !== '.' || !Array.isArray(node.args)) return undefined;
  const [on, member] = node.args as [Node, string];
  if (on.op === 'id') return on.args === root ? [member] : undefined;
  const chain = chainOf(on, root);
  return chain && [...chain, member];
}

const plainView = (tree: LosslessObject): Json => toJson(tree);

/** Only the members that the condition names, null where there are none. */
function totalView(chains: readonly (readonly string[])[]): (tree: LosslessObject) => JsonObject {
  // Shorter paths first: a longer one then finds its beginning in place.
  const sorted = [...chains].sort((a, b) => a.length - b.length);
  return (tree) => {
    const view: JsonObject = {};
    for (const chain of sorted) fill(view, tree, chain, 0);
    return view;
  };
}

function fill(view: JsonObject, tree: Lossless | undefined, chain: readonly string[], at: number): void {
  const key = chain[at] as string;
  const isTree = typeof tree === 'object' && tree !== null && !Array.isArray(tree);
  const value = isTree ? own(tree as LosslessObject, key) : undefined;
  if (at === chain.length - 1) {
    if (!Object.hasOwn(view, key)) put(view, key, toJson(value ?? null));
    return;
  }
  const known = own(view, key);
  const inner: JsonObject = typeof known === 'object' && known !== null && !Array.isArray(known) ? known : {};
  put(view, key, inner);
  fill(inner, value, chain, at + 1);
}
