// Reads a condition: CEL by the library, then the white list, then types and words; every fault is told.

import type { Tell } from '../../model/document-places.ts';
import { allFacts, type Fact, type FactTable } from '../facts.ts';
import { didYouMean } from '../fault.ts';
import { comparisons, type Expression, textTests } from './expression.ts';
import { firstLine, type Parsed, type ParseText, type Syntax } from './library.ts';
import { checkWords } from './words.ts';

const longest = 4000;

/** @returns undefined after the faults were told */
export function readCondition(
  text: string,
  { table, parse }: { table: FactTable; parse: ParseText },
  tell: Tell,
): Expression | undefined {
  const parsed = parseText(text, parse, tell);
  if (!parsed) return undefined;
  let faults = 0;
  const counted: Tell = (path, message, suggestion) => {
    faults++;
    tell(path, message, suggestion);
  };
  const expression = new Reader(text, table, counted).read(parsed.syntax);
  if (expression && faults === 0) {
    const wrong = parsed.typeFault();
    if (wrong !== undefined) counted('', wrong);
    else checkWords(expression, counted);
  }
  return faults === 0 ? expression : undefined;
}

function parseText(text: string, parse: ParseText, tell: Tell): Parsed | undefined {
  if (text.length > longest) return void tell('', `is longer than ${longest} characters`);
  try {
    return parse(text);
  } catch (error) {
    return void tell('', firstLine(error));
  }
}

/** Names of operators as a person would call them. */
const refusedNames: Readonly<Record<string, string>> = {
  '+': 'arithmetic',
  '-': 'arithmetic',
  '*': 'arithmetic',
  '/': 'arithmetic',
  '%': 'arithmetic',
  '-_': 'arithmetic',
  '[]': 'an index',
  '.?': 'an optional member',
  '[?]': 'an optional member',
  map: 'a map',
};

const allowed = '&& || ! == != < <= > >= in ?: exists startsWith endsWith contains, facts and literals';

const twoSided: ReadonlySet<string> = new Set(['&&', '||', 'in', ...comparisons]);

class Reader {
  readonly #text: string;
  readonly #table: FactTable;
  readonly #tell: Tell;
  /** Name of the item that the `exists` around looks at. */
  #item: string | undefined;

  constructor(text: string, table: FactTable, tell: Tell) {
    this.#text = text;
    this.#table = table;
    this.#tell = tell;
  }

  read(syntax: Syntax): Expression | undefined {
    const { op, args } = syntax;
    if (op === 'value') return this.#literal(syntax);
    if (op === 'id') return this.#name(syntax);
    if (op === '.') return this.#fact(syntax);
    if (op === 'list') return this.#list(args as Syntax[]);
    if (op === '!_') return this.#not(args as Syntax);
    if (op === '-_') return this.#negative(syntax);
    if (op === '?:') return this.#choice(args as Syntax[]);
    if (op === 'rcall') return this.#call(syntax);
    if (twoSided.has(op)) return this.#pair(op, args as [Syntax, Syntax]);
    const name = op === 'call' ? `${String((args as unknown[])[0])}()` : (refusedNames[op] ?? op);
    return this.#refuse(syntax, `${name} may not stand in a condition`, `allowed: ${allowed}`);
  }

  #refuse(syntax: Syntax, message: string, suggestion?: string): undefined {
    this.#tell('', `${message}: ${this.#text.slice(syntax.start, syntax.end)}`, suggestion);
  }

  #literal(syntax: Syntax): Expression | undefined {
    const value = syntax.args;
    if (typeof value === 'boolean' || typeof value === 'string') return { op: 'literal', value };
    if (typeof value === 'bigint') return this.#integer(syntax, value);
    return this.#refuse(syntax, 'only whole numbers, text, true and false may be written');
  }

  #integer(syntax: Syntax, value: bigint): Expression | undefined {
    if (BigInt.asIntN(64, value) !== value) return this.#refuse(syntax, 'is larger than 64 bits');
    return { op: 'literal', value: Number.isSafeInteger(Number(value)) ? Number(value) : value };
  }

  #negative(syntax: Syntax): Expression | undefined {
    const inner = syntax.args as Syntax;
    if (inner.op !== 'value' || typeof inner.args !== 'bigint')
      return this.#refuse(syntax, 'arithmetic may not stand in a condition', `allowed: ${allowed}`);
    return this.#integer(syntax, -inner.args);
  }

  #name(syntax: Syntax): Expression | undefined {
    const name = syntax.args as string;
    if (name === this.#item) return { op: 'item' };
    if (Object.hasOwn(this.#table, name)) return this.#refuse(syntax, 'names no fact', `write ${name}.<fact>`);
    return this.#noFact(syntax, name);
  }

  #noFact(syntax: Syntax, written: string): Expression | undefined {
    const known = allFacts(this.#table).map(({ path }) => path);
    return this.#refuse(syntax, 'is no fact', didYouMean(written, known));
  }

  #fact(syntax: Syntax): Expression | undefined {
    const fact = this.#factAt(syntax);
    if (fact) return { op: 'fact', fact };
    const written = this.#text.slice(syntax.start, syntax.end).replaceAll(/\s/g, '');
    return this.#noFact(syntax, written);
  }

  #factAt({ op, args }: Syntax): Fact | undefined {
    if (op !== '.') return undefined;
    const [on, member] = args as [Syntax, string];
    if (on.op !== 'id' || on.args === this.#item) return undefined;
    const group = on.args as string;
    const members = Object.hasOwn(this.#table, group) ? this.#table[group] : undefined;
    return members && Object.hasOwn(members, member) ? members[member] : undefined;
  }

  #list(items: readonly Syntax[]): Expression | undefined {
    const read = items.map((item) => this.read(item));
    return read.includes(undefined) ? undefined : { op: 'list', items: read as Expression[] };
  }

  #not(of: Syntax): Expression | undefined {
    const read = this.read(of);
    return read && { op: 'not', of: read };
  }

  #choice(parts: readonly Syntax[]): Expression | undefined {
    const [test, then, otherwise] = parts.map((part) => this.read(part));
    return test && then && otherwise && { op: 'if', test, then, otherwise };
  }

  #pair(op: string, [first, second]: [Syntax, Syntax]): Expression | undefined {
    const left = this.read(first);
    const right = this.read(second);
    if (!left || !right) return undefined;
    if (op === '&&') return { op: 'and', left, right };
    if (op === '||') return { op: 'or', left, right };
    if (op === 'in') return { op: 'in', item: left, list: right };
    return { op: 'compare', how: op as (typeof comparisons)[number], left, right };
  }

  #call(syntax: Syntax): Expression | undefined {
    const [name, on, args] = syntax.args as [string, Syntax, Syntax[]];
    if (name === 'exists') return this.#exists(syntax, on, args);
    const how = textTests.find((one) => one === name);
    if (!how) return this.#refuse(syntax, `${name}() may not stand in a condition`, `allowed: ${allowed}`);
    const [target, argument] = [this.read(on), args[0] && this.read(args[0])];
    if (!target || !argument) return undefined;
    if (argument.op !== 'literal') return this.#refuse(syntax, `${name}() takes a text that is written out`);
    return { op: 'text', how, on: target, argument };
  }

  #exists(syntax: Syntax, on: Syntax, [variable, body]: Syntax[]): Expression | undefined {
    const over = this.#factAt(on);
    if (this.#item !== undefined) return this.#refuse(syntax, 'one exists may not stand in another');
    if (over?.type.kind !== 'set')
      return this.#refuse(syntax, 'exists() asks a fact that is a set', didYouMean('', setsOf(this.#table)));
    const name = variable?.args;
    if (typeof name !== 'string' || Object.hasOwn(this.#table, name) || !body)
      return this.#refuse(syntax, 'exists(item, condition) needs a name of its own for the item');
    this.#item = name;
    const read = this.read(body);
    this.#item = undefined;
    return read && { op: 'exists', over, body: read };
  }
}

const setsOf = (table: FactTable): string[] =>
  allFacts(table)
    .filter(({ type }) => type.kind === 'set')
    .map(({ path }) => path);
