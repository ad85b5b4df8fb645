// Processor time and memory of a process, from /proc; nothing where there is none.
import { readFileSync } from 'node:fs';

export interface Usage {
  /** All threads, user and system. */
  cpuMs: number;
  rssMb: number;
  peakRssMb: number;
}

/** Linux counts in hundredths of a second, whatever the kernel's own tick. */
const tickMs = 10;
/** Fields of /proc/<pid>/stat after the name in brackets: utime and stime are the 14th and 15th of all. */
const userTime = 11;
const systemTime = 12;

export function usageOf(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
    const ticks = Number(fields[userTime]) + Number(fields[systemTime]);
    return { cpuMs: ticks * tickMs, rssMb: mb('VmRSS'), peakRssMb: mb('VmHWM') };
  } catch {
    return undefined;
  }
}
