// When a version may be active.
import type { Head } from './document-shapes.ts';
import { type Fault, teller } from './fault.ts';

export function checkEffective({ effective }: Head, faults: Fault[]): void {
  if (!effective?.from || !effective.until || Date.parse(effective.from) < Date.parse(effective.until)) return;
  teller(faults, 'effective', { check: 'S1' })('until', 'must be later than from');
}
