// Quantiles of a bucketed histogram, the way Prometheus estimates them.

export interface Bucket {
  /** Upper bound, inclusive. */
  le: number;
  /** Cumulative. */
  count: number;
}

/** Linear inside the bucket; beyond the last finite bound that bound; null when nothing was observed. */
export function quantile(buckets: readonly Bucket[], share: number): number | null {
  const ordered = [...buckets].sort((a, b) => a.le - b.le);
  const total = ordered.at(-1)?.count ?? 0;
  if (total === 0) return null;
  const rank = share * total;
  const index = ordered.findIndex((bucket) => bucket.count >= rank);
  const bucket = ordered[index];
  const below = ordered[index - 1] ?? { le: 0, count: 0 };
  if (bucket === undefined || bucket.le === Number.POSITIVE_INFINITY) return below.le;
  const inside = bucket.count - below.count;
  return inside === 0 ? bucket.le : below.le + ((bucket.le - below.le) * (rank - below.count)) / inside;
}
