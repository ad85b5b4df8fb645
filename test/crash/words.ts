// One order in the words of each system. Every version of the shop's part stands in three fields, so that half an edit shows.
import type { Words } from './history.ts';

export type Row = Record<string, unknown>;

/** A note that this system will not take. */
export const refusedBy = (system: string): string => `!${system}`;

export const noteOf = (number: string, version: number, flags: readonly string[] = []): string =>
  [`shop v${version} of ${number}`, ...flags].join(' ');
export const staffNoteOf = (number: string, version: number): string => `crm v${version} of ${number}`;
/** What a refused change says; it may be seen nowhere. */
export const forbiddenNote = (key: string): string => `forbidden by ${key}`;
export const forbidden = /forbidden by/;

const version = /\bv(\d+) of /;

/** @returns 0 where nothing of it is known */
export function versionIn(text: string | undefined): number {
  const [, found] = version.exec(text ?? '') ?? [];
  return found === undefined ? 0 : Number(found);
}

export function shopOrder(id: string, number: string, at: { version: number; note: string; changedAt: number }): Row {
  return {
    id,
    order_number: number,
    currency: 'CNY',
    total: `${at.version}.00`,
    note: at.note,
    updated_at: at.changedAt,
    items: [{ line: '1', sku: 'SKU-1', qty: at.version }],
  };
}

interface Paths {
  number: string;
  note: string;
  amount: string;
  /** Amounts are decimal text. */
  decimal: boolean;
  lines: string;
  quantity: string;
  staffNote: string;
}

const paths: Record<'crm' | 'wms' | 'erp', Paths> = {
  crm: {
    number: 'orderNo',
    note: 'memo',
    amount: 'amountFen',
    decimal: false,
    lines: 'goods',
    quantity: 'num',
    staffNote: 'staffMemo',
  },
  wms: {
    number: 'order_code',
    note: 'note',
    amount: 'declared_value',
    decimal: true,
    lines: 'lines',
    quantity: 'qty',
    staffNote: 'remark',
  },
  erp: {
    number: 'FSourceBillNo',
    note: 'FNote',
    amount: 'FAllAmount',
    decimal: true,
    lines: 'FEntity',
    quantity: 'FQty',
    staffNote: 'FRemark',
  },
};

export function wordsIn(system: 'crm' | 'wms' | 'erp', row: Row): Words {
  const at = paths[system];
  const amount = row[at.amount];
  const lines = row[at.lines];
  return without({
    number: text(row[at.number]),
    note: text(row[at.note]),
    amount: amount === undefined || amount === null ? undefined : Math.round(Number(amount) * (at.decimal ? 100 : 1)),
    quantity: Array.isArray(lines) ? Number((lines[0] as Row | undefined)?.[at.quantity]) : undefined,
    staffNote: text(row[at.staffNote]),
  });
}

export function wordsInRecord(data: Row): Words {
  const payable = data.payable as { amount?: number } | undefined;
  const lines = data.lines as Record<string, Row> | undefined;
  return without({
    number: text(data.number),
    note: text(data.buyerNote),
    amount: payable?.amount,
    quantity: lines && Number(Object.values(lines)[0]?.quantity),
    staffNote: text(data.sellerNote),
  });
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function without(words: { [K in keyof Words]: Words[K] | undefined }): Words {
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
}

/** Where the fields of one edit are not of one version: which. */
export function tornIn({ note, amount, quantity }: Words): string | undefined {
  const said = versionIn(note);
  if (note === undefined || amount === undefined || quantity === undefined) return 'a field of it is missing';
  if (amount === said * 100 && quantity === said) return undefined;
  return `note of v${said}, amount of v${amount / 100}, quantity of v${quantity}`;
}
