// What an object's status says about a question that was put to its system.
import { textIn } from './answer.ts';
import { ConnectorError, type Verdict } from './contract.ts';

export interface StatusReading {
  status: readonly string[];
  yes: readonly string[];
  no: readonly string[];
}

/** @returns undefined when the text does not hold the status */
export function verdictIn(text: string, { status, yes, no }: StatusReading): Verdict | undefined {
  const found = textIn(text, status);
  if (found === undefined) return undefined;
  if (yes.includes(found)) return 'yes';
  return no.includes(found) ? 'no' : 'pending';
}

/** A refusal is a no; every other failure is no answer. @throws it */
export function noIfRejected(error: unknown): 'no' {
  if (error instanceof ConnectorError && error.kind === 'rejected') return 'no';
  throw error;
}
