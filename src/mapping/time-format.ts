// Fixed-width date and time patterns (`yyyy-MM-dd HH:mm:ss`), compiled to straight parsing.

import { type DateTime, pad } from './calendar.ts';

export interface TimeFormat {
  parse(text: string): DateTime | undefined;
  format(parts: DateTime): string;
}

interface Token {
  part: keyof DateTime | undefined;
  width: number;
  literal: string;
}

const parts: Record<string, keyof DateTime> = {
  yyyy: 'year',
  MM: 'month',
  dd: 'day',
  HH: 'hour',
  mm: 'minute',
  ss: 'second',
  SSS: 'milli',
};
const lexer = /yyyy|MM|dd|HH|mm|ss|SSS|'([^']*)'|([^A-Za-z'])|(.)/gsu;

function tokens(pattern: string): Token[] | string {
  const list: Token[] = [];
  for (const match of pattern.matchAll(lexer)) {
    const part = parts[match[0]];
    if (match[3] !== undefined)
      return `"${match[3]}" is no part of a time format; use yyyy MM dd HH mm ss SSS, and 'quotes' around letters`;
    const literal = match[1] ?? match[2] ?? '';
    list.push(
      part ? { part, width: match[0].length, literal: '' } : { part: undefined, width: literal.length, literal },
    );
  }
  return list;
}

/** @returns what is wrong with a pattern, or undefined */
export function formatFaults(pattern: string, kind: 'date' | 'dateTime'): string | undefined {
  const list = tokens(pattern);
  if (typeof list === 'string') return list;
  const named = list.flatMap((token) => (token.part ? [token.part] : []));
  const needed: (keyof DateTime)[] =
    kind === 'date' ? ['year', 'month', 'day'] : ['year', 'month', 'day', 'hour', 'minute'];
  const missing = needed.filter((part) => !named.includes(part));
  if (missing.length > 0) return `the format says no ${missing.join(', ')}`;
  if (kind === 'date' && named.length > 3) return 'the format of a date holds a time';
  return new Set(named).size < named.length ? 'the format says a part twice' : undefined;
}

/** @throws Error for a pattern that {@link formatFaults} refuses */
export function compileFormat(pattern: string): TimeFormat {
  const list = tokens(pattern);
  if (typeof list === 'string') throw new Error(list);
  const length = list.reduce((sum, token) => sum + token.width, 0);
  return {
    parse: (text) => (text.length === length ? parse(text, list) : undefined),
    format: (value) => format(value, list),
  };
}

function format(value: DateTime, list: readonly Token[]): string {
  let text = '';
  for (const { part, width, literal } of list) text += part ? pad(value[part], width) : literal;
  return text;
}

function parse(text: string, list: readonly Token[]): DateTime | undefined {
  const found: DateTime = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, milli: 0 };
  let at = 0;
  for (const { part, width, literal } of list) {
    if (part) {
      const number = digits(text, at, width);
      if (number < 0) return undefined;
      found[part] = number;
    } else if (!text.startsWith(literal, at)) {
      return undefined;
    }
    at += width;
  }
  return found;
}

/** @returns -1 when they are not all digits */
export function digits(text: string, start: number, width: number): number {
  let number = 0;
  for (let at = start; at < start + width; at++) {
    const code = text.charCodeAt(at) - 48;
    if (!(code >= 0 && code <= 9)) return -1;
    number = number * 10 + code;
  }
  return number;
}
