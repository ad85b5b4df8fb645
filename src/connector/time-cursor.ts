// Cursors of polls that are times: the newest of some, and one moved back for what was committed late.

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** ms since 1970 of an RFC 3339 time or an epoch in seconds or ms; NaN for anything else. */
function timeOf(text: string): number {
  if (instant.test(text)) return Date.parse(text);
  if (/^\d{13}$/.test(text)) return Number(text);
  return /^\d{10}$/.test(text) ? Number(text) * 1000 : Number.NaN;
}

/** @returns the latest in its own form; of texts that are no times the last one */
export function latest(times: readonly (string | undefined)[]): string | undefined {
  return times.reduce((newest, time) => {
    if (newest === undefined || time === undefined) return newest ?? time;
    return timeOf(newest) > timeOf(time) ? newest : time;
  }, undefined);
}

/** @returns a cursor that is a time, moved back in its own form; any other as it is */
export function earlier(cursor: string | undefined, ms: number): string | undefined {
  if (cursor === undefined || ms === 0) return cursor;
  const moved = timeOf(cursor) - ms;
  if (Number.isNaN(moved)) return cursor;
  if (instant.test(cursor)) return new Date(moved).toISOString();
  return cursor.length === 13 ? String(moved) : String(Math.floor(moved / 1000));
}

/** Complete enough to stand as the time of a change. */
export const isChangeTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/.test(text);
