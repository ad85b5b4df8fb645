// A backtest: what a candidate decides of facts that were decided about before, against the version in force; no effects.
import type { JsonObject } from '../model/json.ts';
import { isTree } from '../model/own.ts';
import { type Content, changesOf, type PartChange } from './content.ts';
import { isInScope, type Replayed, type SoundPolicy } from './sound-policy.ts';

/** What a backtest needs of a stored decision. */
export interface PastDecision {
  id: string;
  version: number;
  subject: string;
  /** ms since 1970. */
  at: number;
  facts: JsonObject;
  outcome: JsonObject;
  error: string | null;
}

export interface Money {
  currency: string;
  /** Minor units. */
  amount: number;
}

export interface MatrixCell {
  before: readonly string[];
  after: readonly string[];
  decisions: number;
  /** Each subject once, with its newest decision. */
  subjects: number;
  money: Money[];
}

export interface Sample {
  decision: string;
  subject: string;
  at: number;
  changes: PartChange[];
}

export interface BacktestReport {
  /** Decisions that were looked at, and the records that they are about. */
  decisions: number;
  subjects: number;
  compared: number;
  changed: number;
  /** changed ÷ compared in basis points, rounded up: what passes the gate is really below it. */
  changedShareBp: number;
  /** Nothing was decided then either. */
  failedThen: number;
  /** The candidate reads facts that were not stored then. */
  notComparable: { decisions: number; facts: { fact: string; decisions: number }[] };
  parts: { part: string; changed: number; matrix: MatrixCell[]; more: number }[];
  samples: Sample[];
}

/** What a report keeps at most; the counts count everything. */
const mostCells = 50;
const mostSamples = 20;

interface Cell extends PartChange {
  decisions: number;
  subjects: Set<string>;
  money: Map<string, number>;
}

/** Gathers page by page, the newest decision first. */
export class Backtest {
  readonly #candidate: SoundPolicy;
  readonly #before: { policy: SoundPolicy; version: number } | undefined;
  readonly #subjects = new Set<string>();
  readonly #missing = new Map<string, number>();
  readonly #cells = new Map<string, Cell>();
  readonly #samples: Sample[] = [];
  #decisions = 0;
  #compared = 0;
  #changed = 0;
  #failedThen = 0;
  #notComparable = 0;

  /** @param before the version in force; without one each decision is compared with what was decided then */
  constructor(candidate: SoundPolicy, before: { policy: SoundPolicy; version: number } | undefined) {
    this.#candidate = candidate;
    this.#before = before;
  }

  add(past: PastDecision): void {
    // What is not its to decide says nothing about it.
    if (past.error === null && !isInScope(this.#candidate, past.facts)) return;
    const isNewest = !this.#subjects.has(past.subject);
    this.#decisions++;
    this.#subjects.add(past.subject);
    if (past.error !== null) {
      this.#failedThen++;
      return;
    }
    const after = this.#candidate.replay(past.facts);
    if ('missing' in after) {
      this.#leave(after);
      return;
    }
    this.#compared++;
    const changes = changesOf(this.#contentBefore(past), after.content);
    if (changes.length === 0) return;
    this.#changed++;
    for (const change of changes) this.#count(change, past, isNewest);
    if (this.#samples.length < mostSamples)
      this.#samples.push({ decision: past.id, subject: past.subject, at: past.at, changes });
  }

  #leave({ missing }: Extract<Replayed, { missing: string[] }>): void {
    this.#notComparable++;
    for (const fact of missing) this.#missing.set(fact, (this.#missing.get(fact) ?? 0) + 1);
  }

  #contentBefore({ version, facts, outcome }: PastDecision): Content {
    const before = this.#before;
    const replayed =
      before && before.version !== version && isInScope(before.policy, facts) ? before.policy.replay(facts) : undefined;
    return replayed && 'content' in replayed ? replayed.content : this.#candidate.contentOf(outcome);
  }

  #count(change: PartChange, { subject, facts }: PastDecision, isNewest: boolean): void {
    const key = JSON.stringify([change.part, change.before, change.after]);
    const cell = this.#cells.get(key) ?? { ...change, decisions: 0, subjects: new Set(), money: new Map() };
    this.#cells.set(key, cell);
    cell.decisions++;
    cell.subjects.add(subject);
    const money = isNewest && moneyOf(facts);
    if (money) cell.money.set(money.currency, (cell.money.get(money.currency) ?? 0) + money.amount);
  }

  report(): BacktestReport {
    const names = [...new Set([...this.#cells.values()].map(({ part }) => part))];
    const missing = [...this.#missing].map(([fact, decisions]) => ({ fact, decisions }));
    return {
      ...{ decisions: this.#decisions, subjects: this.#subjects.size },
      ...{ compared: this.#compared, changed: this.#changed },
      changedShareBp: this.#compared === 0 ? 0 : Math.ceil((this.#changed * 10_000) / this.#compared),
      failedThen: this.#failedThen,
      notComparable: { decisions: this.#notComparable, facts: missing },
      parts: names.map((part) => this.#part(part)),
      samples: this.#samples,
    };
  }

  #part(part: string): BacktestReport['parts'][number] {
    const cells = [...this.#cells.values()].filter((cell) => cell.part === part);
    const byCount = cells.sort((a, b) => b.decisions - a.decisions);
    return {
      part,
      changed: cells.reduce((sum, { decisions }) => sum + decisions, 0),
      matrix: byCount.slice(0, mostCells).map(cellView),
      more: Math.max(0, cells.length - mostCells),
    };
  }
}

const cellView = ({ before, after, decisions, subjects, money }: Cell): MatrixCell => ({
  ...{ before, after, decisions, subjects: subjects.size },
  money: [...money].map(([currency, amount]) => ({ currency, amount })),
});

/** Of an order its amount to pay, of a return what is asked back. */
function moneyOf({ order, request }: JsonObject): Money | undefined {
  if (isTree(order) && typeof order.payableMinor === 'number')
    return { currency: String(order.currency ?? ''), amount: order.payableMinor };
  if (isTree(request) && typeof request.amountMinor === 'number') return { currency: '', amount: request.amountMinor };
  return undefined;
}
