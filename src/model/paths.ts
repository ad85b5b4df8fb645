// Dotted paths into trees: own members only; no path ever names or reaches a prototype.
import { type Json, type JsonObject, type Lossless, NumberText } from './json-value.ts';
import { own, put } from './own.ts';

const forbidden: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);
const index = /^(?:0|[1-9]\d{0,5})$/;

/**
 * @param text e.g. `receiver.name`, `packages.0.code`
 * @throws Error naming the fault
 */
export function parsePath(text: string): string[] {
  if (text === '') throw new Error('a path must not be empty');
  const segments = text.split('.');
  for (const segment of segments) {
    if (segment === '') throw new Error(`the path "${text}" has an empty part`);
    if (forbidden.has(segment)) throw new Error(`the path "${text}" names ${segment}, which no path may`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    if (/[\u0000-\u001f\u007f]/.test(segment) || segment.trim() !== segment) {
      throw new Error(`the path "${text}" has a control character, or a blank at the edge of a part`);
    }
  }
  return segments;
}

/** Anything a path can be asked of. */
type Node = Lossless | undefined;

function step(node: Node, segment: string): Node {
  if (node === null || typeof node !== 'object' || node instanceof NumberText || forbidden.has(segment))
    return undefined;
  if (Array.isArray(node)) return index.test(segment) ? node[Number(segment)] : undefined;
  return own(node, segment);
}

export function getPath(tree: Json | undefined, path: readonly string[]): Json | undefined;
export function getPath(tree: Node, path: readonly string[]): Node;
export function getPath(tree: Node, path: readonly string[]): Node {
  let node = tree;
  for (const segment of path) {
    node = step(node, segment);
    if (node === undefined) return undefined;
  }
  return node;
}

/** The same by a dotted path; most are a member of the tree itself. */
export const valueAt = (tree: JsonObject, path: string): Json | undefined =>
  path.includes('.') ? getPath(tree, path.split('.')) : own(tree, path);

type Container = Lossless[] | { [key: string]: Lossless };

const isContainer = (node: Node): node is Container =>
  node !== null && typeof node === 'object' && !(node instanceof NumberText);

/**
 * Sets a value, making plain objects on the way; what stands in the way and is no container is replaced.
 * @throws Error for a name no path may hold, or an array index that would leave a gap
 */
export function setPath(tree: Lossless, path: readonly string[], value: Lossless): void {
  let node = tree;
  for (const [at, segment] of path.entries()) {
    if (forbidden.has(segment)) throw new Error(`the path "${path.join('.')}" names ${segment}, which no path may`);
    if (!isContainer(node)) throw new Error(`the path "${path.join('.')}" starts at something that has no members`);
    const next = step(node, segment);
    const last = at === path.length - 1;
    const child = last || !isContainer(next) ? (last ? value : {}) : next;
    if (child !== next) place(node, segment, child, path);
    node = child;
  }
}

function place(node: Container, segment: string, value: Lossless, path: readonly string[]): void {
  if (!Array.isArray(node)) put(node, segment, value);
  else if (!index.test(segment) || Number(segment) > node.length) {
    throw new Error(`the path "${path.join('.')}" needs an index of at most ${node.length} where "${segment}" stands`);
  } else node[Number(segment)] = value;
}

/** Removes the member if it is there; an array item is taken out. */
export function deletePath(tree: Lossless, path: readonly string[]): void {
  const last = path.at(-1);
  const node = getPath(tree, path.slice(0, -1));
  if (last === undefined || !isContainer(node) || step(node, last) === undefined) return;
  if (Array.isArray(node)) node.splice(Number(last), 1);
  else delete node[last];
}
