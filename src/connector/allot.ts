// Takes an amount from what several rows have left, the first one first: pieces or money, never through a float.
import { ConnectorError } from './error.ts';

/** Finer than any currency: amounts are only taken apart here. */
const places = 6;

/** @returns the text's amount in millionths */
export function amountOf(text: string): bigint {
  const [whole = '0', rest = ''] = text.split('.');
  return BigInt(whole + rest.slice(0, places).padEnd(places, '0'));
}

/** @returns millionths as a decimal text with two places at least */
export function amountText(amount: bigint): string {
  const digits = String(amount).padStart(places + 1, '0');
  const rest = digits.slice(-places).replace(/0+$/, '').padEnd(2, '0');
  return `${digits.slice(0, -places)}.${rest}`;
}

/** @returns what is taken from each row that gives something, and what no row had */
export function allot<T extends { left: bigint }>(
  wanted: bigint,
  rows: readonly T[],
): { parts: { row: T; taken: bigint }[]; missing: bigint } {
  let missing = wanted;
  const parts: { row: T; taken: bigint }[] = [];
  for (const row of rows) {
    // biome-ignore lint/complexity/useMathMinMax: Math.min takes no bigint
    const taken = row.left < missing ? row.left : missing;
    if (taken <= 0n) continue;
    missing -= taken;
    parts.push({ row, taken });
  }
  return { parts, missing };
}

interface Pieces {
  /** What they are pieces of. */
  line: string | undefined;
  left: bigint;
}

/**
 * @param wanted pieces of each line
 * @throws ConnectorError invalid when the rows do not have so many
 */
export function takePieces<T extends Pieces>(
  rows: readonly T[],
  wanted: readonly Pieces[],
): { row: T; taken: bigint }[] {
  return wanted.flatMap(({ line, left }) => {
    const ofLine = rows.filter((row) => row.line === line);
    const { parts, missing } = allot(left, ofLine);
    if (missing === 0n) return parts;
    const words = `of the line ${line} ${missing} of ${left} pieces are not there`;
    throw new ConnectorError('invalid', words, { sent: false });
  });
}
