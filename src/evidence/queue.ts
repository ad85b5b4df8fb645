// So many at once and no more: decoding takes memory as it takes time.

export type AtOnce = <T>(work: () => Promise<T>) => Promise<T>;

export function atOnce(most: number): AtOnce {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
