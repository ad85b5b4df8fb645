// How late the event loop runs: the p99 since the last look.
import { monitorEventLoopDelay } from 'node:perf_hooks';

interface EventLoopLag {
  /** Seconds; asking starts the next interval. */
  p99(): number;
  stop(): void;
}

const resolutionMs = 10;

export function watchEventLoop(): EventLoopLag {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  return {
    p99: () => {
      const late = delays.count === 0 ? 0 : delays.percentile(99) / 1e9 - resolutionMs / 1000;
      delays.reset();
      return Math.max(0, late);
    },
    stop: () => void delays.disable(),
  };
}
