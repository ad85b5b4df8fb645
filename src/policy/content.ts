// What a decision says, part by part, and where two of them differ.

/** `warehouse` → `["warehouse.lock WH-1"]`. Parts that say nothing are left out. */
export type Content = Readonly<Record<string, readonly string[]>>;

export interface PartChange {
  part: string;
  before: readonly string[];
  after: readonly string[];
}

/** The parts that differ, whatever the order of what they say. */
export function changesOf(before: Content, after: Content): PartChange[] {
  const parts = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...parts].flatMap((part): PartChange[] => {
    const [a, b] = [before[part] ?? [], after[part] ?? []];
    const same = a.length === b.length && a.every((one) => b.includes(one));
    return same ? [] : [{ part, before: a, after: b }];
  });
}
