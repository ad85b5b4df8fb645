// `PUT /shipments/{id}`: a request as settings write it, with ids encoded where they are put in.
import { ConnectorError } from './error.ts';
import { readBy } from './fields.ts';

export interface RequestTemplate {
  method: string;
  /** Literal text before the query, and around the names: one more than there are names. */
  path: { texts: string[]; names: string[] };
  /** Each parameter with its own texts and names; one whose value is unknown is left out. */
  query: { texts: string[]; names: string[] }[];
  /** Every name in it. */
  names: string[];
}

const form = /^(GET|HEAD|POST|PUT|PATCH|DELETE) (\/[^\s#]*)$/;
const placeholder = /\{([A-Za-z][A-Za-z0-9_.]*)\}/g;

/**
 * @param names what may stand in braces; undefined for any
 * @throws Error naming the fault
 */
export function parseTemplate(text: string, names?: readonly string[]): RequestTemplate {
  const [, method = '', target = ''] = form.exec(text) ?? [];
  if (method === '') throw new Error(`"${text}" is no request; write a method and a path, such as PUT /shipments/{id}`);
  if (/[^\x21-\x7e]/.test(target)) throw new Error(`"${text}" has characters that no address has; percent-encode them`);
  if (/[{}]/.test(target.replace(placeholder, ''))) throw new Error(`"${text}" has a brace that belongs to no {name}`);
  const unknown = [...target.matchAll(placeholder)]
    .map(([, name = '']) => name)
    .filter((name) => names && !names.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `"${text}" names {${unknown.join('}, {')}}, which is not known here${names?.length ? `; known: {${names.join('}, {')}}` : ''}`,
    );
  }
  const [path = '', query] = cutAt(target, '?');
  return {
    method,
    path: cutNames(path),
    query: query === undefined ? [] : query.split('&').map(cutNames),
    names: cutNames(target).names,
  };
}

function cutAt(text: string, mark: string): [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function cutNames(text: string): { texts: string[]; names: string[] } {
  const parts = text.split(placeholder);
  return { texts: parts.filter((_, index) => index % 2 === 0), names: parts.filter((_, index) => index % 2 === 1) };
}

export const requestTemplate = (names?: readonly string[]) => readBy((text) => parseTemplate(text, names));

export type Values = Readonly<Record<string, string | undefined>>;

/**
 * @returns path and query with the values in them, percent-encoded
 * @throws ConnectorError invalid when the path needs a value that is missing or would lead elsewhere
 */
export function fillTemplate(template: RequestTemplate, values: Values): string {
  const { texts, names } = template.path;
  let path = texts[0] ?? '';
  for (let at = 0; at < names.length; at++) {
    const name = names[at] as string;
    path += encodeSegment(name, own(values, name)) + (texts[at + 1] ?? '');
  }
  if (template.query.length === 0) return path;
  const parameters = template.query
    .map((parameter) => fillParameter(parameter, values))
    .filter((text) => text !== undefined);
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`;
}

const own = (values: Values, name: string): string | undefined =>
  Object.hasOwn(values, name) ? values[name] : undefined;

function fillParameter({ texts, names }: { texts: string[]; names: string[] }, values: Values): string | undefined {
  let filled = texts[0] ?? '';
  for (const [index, name] of names.entries()) {
    const value = own(values, name);
    if (value === undefined) return undefined;
    filled += encode(name, value) + (texts[index + 1] ?? '');
  }
  return filled;
}

/** Also within a value: there are servers that decode %2F first and look for the way then. */
const dotSegment = /(?:^|[\\/])\.\.?(?:$|[\\/])/;

/** An empty value, `.` or `..` would name another object, or all of them. */
function encodeSegment(name: string, value: string | undefined): string {
  if (value === undefined || value === '')
    throw new ConnectorError('invalid', `{${name}} has no value`, { sent: false });
  if (dotSegment.test(value))
    throw new ConnectorError('invalid', `{${name}} must not hold "." or ".." between slashes`, { sent: false });
  return encode(name, value);
}

function encode(name: string, value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    throw new ConnectorError('invalid', `{${name}} is no well-formed text`, { sent: false });
  }
}
