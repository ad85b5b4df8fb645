// What a GraphQL document asks for, read just far enough for a model to answer no more than that.

export interface Selection {
  name: string;
  /** As the answer names it, where that is another name. */
  alias?: string;
  /** Undefined: a value, nothing is selected in it. */
  fields?: Selection[];
  /** Of an inline fragment: its members count for this type only. */
  on?: string;
}

/** @returns the root field of a document with one operation */
export function rootOf(document: string): Selection {
  const tokens: string[] = document.match(/\.\.\.|[A-Za-z_]\w*|[{}()]|[^\s\w{}()]/g) ?? [];
  let at = tokens.indexOf('{') + 1;
  const skipArguments = (): void => {
    if (tokens[at] !== '(') return;
    let depth = 0;
    do {
      if (tokens[at] === '(') depth += 1;
      if (tokens[at] === ')') depth -= 1;
      at += 1;
    } while (depth > 0);
  };
  const select = (): Selection => {
    const isFragment = tokens[at] === '...';
    if (isFragment) at += 2;
    const first = tokens[at] ?? '';
    const isAliased = tokens[at + 1] === ':';
    const name = isAliased ? (tokens[at + 2] ?? '') : first;
    at += isAliased ? 3 : 1;
    skipArguments();
    if (tokens[at] === '@') {
      at += 2;
      skipArguments();
    }
    const fields = tokens[at] === '{' ? list() : undefined;
    return { name, ...(isAliased && { alias: first }), ...(fields && { fields }), ...(isFragment && { on: name }) };
  };
  const list = (): Selection[] => {
    const fields: Selection[] = [];
    at += 1;
    while (tokens[at] !== '}') fields.push(select());
    at += 1;
    return fields;
  };
  return select();
}

type Value = unknown;

/**
 * @returns the value with what was asked for
 * @throws Error naming a field that it does not have
 */
export function project(value: Value, fields: readonly Selection[] | undefined): Value {
  if (fields === undefined || value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => project(item, fields));
  const object = value as Record<string, Value>;
  const type = String(object.__typename ?? '');
  const isOf = (on: string): boolean => on === type || (on === 'ErrorResult' && object.errorCode !== undefined);
  const members = fields.flatMap(({ name, alias = name, fields: below, on }): [string, Value][] => {
    if (on !== undefined) return isOf(on) ? Object.entries(project(value, below) as object) : [];
    if (!Object.hasOwn(object, name)) throw new Error(`Cannot query field "${name}" on type "${type || 'Object'}".`);
    return [[alias, project(object[name], below)]];
  });
  return Object.fromEntries(members);
}
