// Pages through a list by the vendor's own cursors: a whole list, or what changed since a time, in the order of change.
import type { Lossless } from '../model/json.ts';
import { getPath } from '../model/paths.ts';
import { arrayAt, textAt } from './answer.ts';
import { earlier, latest } from './time-cursor.ts';

/** One page, and the cursor behind it; undefined: this was the last one. */
export interface CursorPage {
  nodes: Lossless[];
  next: string | undefined;
}

export interface CursorPages {
  /** Objects changed at a time or later, in the order of change, so that one that changes meanwhile moves behind the page. */
  page(since: string | undefined, after: string | undefined): Promise<CursorPage>;
  /** The member that holds the time, RFC 3339. */
  time: string;
}

const goingOn = /^>([^|]*)\|([^|]*)\|(.*)$/;
const orNothing = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

/**
 * What changed since the cursor.
 * @param overlapMs a new round begins this much earlier, for what was committed late
 */
export async function pollByCursor(
  cursor: string | undefined,
  { page, time }: CursorPages,
  overlapMs: number,
): Promise<{ items: Lossless[]; since: string | undefined; cursor: string | undefined; more: boolean }> {
  const [, begun, seen, after] = goingOn.exec(cursor ?? '') ?? [];
  const since = after === undefined ? earlier(cursor, overlapMs) : orNothing(begun);
  const { nodes, next } = await page(since, after);
  const reached = latest([
    after === undefined ? cursor : orNothing(seen),
    ...nodes.map((node) => textAt(node, [time])),
  ]);
  // A search may look at whole days or seconds: what is older was read before.
  const items = nodes.filter((node) => isSince(textAt(node, [time]), since));
  if (next === undefined) return { items, since, cursor: reached, more: false };
  return { items, since, cursor: `>${since ?? ''}|${reached ?? ''}|${next}`, more: true };
}

/** Also where either is unknown: better once more than never. Seconds, since vendors keep no more. */
export const isSince = (time: string | undefined, since: string | undefined): boolean =>
  time === undefined || since === undefined || !(Date.parse(time) + 1000 <= Date.parse(since));

/** A page of a GraphQL connection: `nodes` and `pageInfo`. @throws ConnectorError unknown where there is none */
export function connectionPage(connection: Lossless | undefined): CursorPage {
  const isLast = getPath(connection, ['pageInfo', 'hasNextPage']) !== true;
  const next = isLast ? undefined : textAt(connection, ['pageInfo', 'endCursor']);
  return { nodes: arrayAt(connection, ['nodes']), next };
}

/** Objects of a list, or of a connection; none where there is neither. */
export function nodesAt(owner: Lossless | undefined, member: string): Lossless[] {
  const [list, nodes] = [getPath(owner, [member]), getPath(owner, [member, 'nodes'])];
  return [list, nodes].find(Array.isArray) ?? [];
}

/** All pages of a connection, of which the first one is there. */
export async function everyNode(
  first: Lossless | undefined,
  more: (after: string) => Promise<Lossless | undefined>,
): Promise<Lossless[]> {
  let page = connectionPage(first);
  const nodes = page.nodes;
  while (page.next !== undefined) {
    page = connectionPage(await more(page.next));
    nodes.push(...page.nodes);
  }
  return nodes;
}
