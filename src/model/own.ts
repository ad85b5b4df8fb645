// Members of trees that strangers wrote: own properties only, so that no name reaches a prototype.

interface Tree<T> {
  [key: string]: T;
}

/** @returns the own member, never an inherited one such as `toString` */
export const own = <T>(tree: Tree<T>, key: string): T | undefined => (Object.hasOwn(tree, key) ? tree[key] : undefined);

/** Sets an own member, also where the plain assignment would set the prototype. */
export function put<T>(tree: Tree<T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(tree, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    tree[key] = value;
  }
}

/** @returns true for an object that is neither an array nor of a class */
export function isTree(value: unknown): value is Record<string, never> {
  if (value === null || typeof value !== 'object') return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
