// Clock time of Shanghai as old systems write it: no zone, no milliseconds. There has been no summer time since 1991.
const eightHours = 8 * 3_600_000;

/** @returns `yyyy-MM-dd HH:mm:ss` */
export const shanghaiTime = (ms: number): string =>
  new Date(ms + eightHours).toISOString().slice(0, 19).replace('T', ' ');
