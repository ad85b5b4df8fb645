// Places inside a document of YAML or JSON, as faults name them, and what is said of a value of another kind.

/** Tells a fault at a place below the one it was made for. */
export type Tell = (path: string, message: string, suggestion?: string) => void;

/** `fields[3]` and `theirs` make `fields[3].theirs`. */
export function joinPath(base: string, path: string): string {
  if (base === '' || path === '') return base + path;
  return path.startsWith('[') ? base + path : `${base}.${path}`;
}

export const placeOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => joinPath(text, typeof part === 'number' ? `[${part}]` : String(part)), '');

/** @returns what the document holds there; undefined where it holds nothing */
export const valueIn = (source: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<PropertyKey, unknown>)[key]
        : undefined,
    source,
  );

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  record: 'an object',
  object: 'an object',
  int: 'a whole number',
  number: 'a number',
};

/** What zod expected, in the words of whoever writes the document. */
export const wordOfKind = (expected: string): string => kinds[expected] ?? expected;
