// Formulas in negation normal form. Equal formulas are the same object, so that what is known of one is known everywhere.
import { complement, intersect, type Spans } from './spans.ts';

/** Something undecided: a fact, a member of a set, or a question that the analysis cannot look into. */
export interface Variable {
  index: number;
  /** One span: all values that it can have. */
  domain: Spans;
}

interface Pair<T> {
  id: number;
  /** The negation. */
  not: T;
}
export type Literal = Pair<Literal> & { kind: 'literal'; variable: Variable; allowed: Spans };
type And = Pair<Or> & { kind: 'and'; parts: readonly Formula[] };
export type Or = Pair<And> & { kind: 'or'; parts: readonly Formula[] };
type True = Pair<False> & { kind: 'true' };
type False = Pair<True> & { kind: 'false' };
export type Formula = Literal | And | Or | True | False;

const yes = { kind: 'true', id: 0 } as True;
const no: False = { kind: 'false', id: 1, not: yes };
yes.not = no;

export class Formulas {
  readonly true: Formula = yes;
  readonly false: Formula = no;
  readonly #known = new Map<string, Formula>();
  /** Of every variable, by its index. */
  readonly domains: Spans[] = [];

  variable(domain: Spans): Variable {
    const variable = { index: this.domains.length, domain };
    this.domains.push(domain);
    return variable;
  }

  /** @param allowed values outside of the domain are left out */
  literal(variable: Variable, allowed: Spans): Formula {
    const within = intersect(allowed, variable.domain);
    if (within.length === 0) return no;
    const others = complement(within, variable.domain);
    if (others.length === 0) return yes;
    const key = (spans: Spans): string => `${variable.index}:${spans.join(',')}`;
    const found = this.#known.get(key(within));
    if (found) return found;
    const literal = { kind: 'literal', id: this.#nextId(), variable, allowed: within } as Literal;
    literal.not = { kind: 'literal', id: literal.id + 1, variable, allowed: others, not: literal };
    this.#known.set(key(within), literal);
    this.#known.set(key(others), literal.not);
    return literal;
  }

  and(parts: readonly Formula[]): Formula {
    return this.#compound('and', parts);
  }

  or(parts: readonly Formula[]): Formula {
    return this.#compound('or', parts);
  }

  choice(test: Formula, then: Formula, otherwise: Formula): Formula {
    return this.or([this.and([test, then]), this.and([test.not, otherwise])]);
  }

  #compound(kind: 'and' | 'or', given: readonly Formula[]): Formula {
    const [neutral, absorbing] = kind === 'and' ? [yes, no] : [no, yes];
    const parts = new Map<number, Formula>();
    for (const part of given) {
      for (const one of part.kind === kind ? part.parts : [part]) {
        if (one === absorbing || parts.has(one.not.id)) return absorbing;
        if (one !== neutral) parts.set(one.id, one);
      }
    }
    const [only, second] = parts.values();
    if (only === undefined) return neutral;
    return second === undefined ? only : this.#make(kind, [...parts.values()]);
  }

  /** The negation is made along with it, of the negated parts. */
  #make(kind: 'and' | 'or', parts: Formula[]): Formula {
    const opposite = kind === 'and' ? 'or' : 'and';
    parts.sort((a, b) => a.id - b.id);
    const key = (of: 'and' | 'or', ids: readonly Formula[]): string => `${of}:${ids.map(({ id }) => id).join(',')}`;
    const found = this.#known.get(key(kind, parts));
    if (found) return found;
    const negated = parts.map((part) => part.not).sort((a, b) => a.id - b.id);
    const made = { kind, id: this.#nextId(), parts } as unknown as And | Or;
    made.not = { kind: opposite, id: made.id + 1, parts: negated, not: made } as And & Or;
    this.#known.set(key(kind, parts), made);
    this.#known.set(key(opposite, negated), made.not);
    return made;
  }

  #last = 2;
  #nextId(): number {
    this.#last += 2;
    return this.#last;
  }
}
