// Sets of integers as sorted, disjoint, inclusive spans [from, to, from, to, …]: the values that a variable may still have.

export type Spans = readonly number[];

export const nothing: Spans = [];

export function intersect(a: Spans, b: Spans): Spans {
  const found: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const from = Math.max(a[i] as number, b[j] as number);
    const to = Math.min(a[i + 1] as number, b[j + 1] as number);
    if (from <= to) found.push(from, to);
    if ((a[i + 1] as number) < (b[j + 1] as number)) i += 2;
    else j += 2;
  }
  return found;
}

/** What `whole`, one span, has beside `part`, which lies in it. */
export function complement(part: Spans, whole: Spans): Spans {
  const found: number[] = [];
  let from = whole[0] as number;
  for (let i = 0; i < part.length; i += 2) {
    if (from < (part[i] as number)) found.push(from, (part[i] as number) - 1);
    from = (part[i + 1] as number) + 1;
  }
  if (from <= (whole[1] as number)) found.push(from, whole[1] as number);
  return found;
}

/** @param values in any order */
export function spansOf(values: readonly number[]): Spans {
  const found: number[] = [];
  for (const value of [...values].sort((a, b) => a - b)) {
    if (found.length > 0 && value <= (found.at(-1) as number) + 1) found[found.length - 1] = value;
    else found.push(value, value);
  }
  return found;
}

export function has(spans: Spans, value: number): boolean {
  for (let i = 0; i < spans.length; i += 2)
    if (value >= (spans[i] as number) && value <= (spans[i + 1] as number)) return true;
  return false;
}

export type Relation = 'inside' | 'apart' | 'across';

/** How what is left of a variable, never empty, lies to what a literal allows. */
export function relation(left: Spans, allowed: Spans): Relation {
  let inside = true;
  let apart = true;
  for (let i = 0, j = 0; i < left.length; i += 2) {
    const from = left[i] as number;
    const to = left[i + 1] as number;
    while (j < allowed.length && (allowed[j + 1] as number) < from) j += 2;
    const meets = j < allowed.length && (allowed[j] as number) <= to;
    if (meets) apart = false;
    if (!meets || (allowed[j] as number) > from || (allowed[j + 1] as number) < to) inside = false;
    if (!inside && !apart) return 'across';
  }
  return inside ? 'inside' : 'apart';
}
