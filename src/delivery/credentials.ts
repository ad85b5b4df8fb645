// Whether a system still takes our credentials: asked once, however many attempts want to know.
import type { Connection } from '../connector/connection.ts';
import { type ConnectorContext, ConnectorError } from '../connector/contract.ts';

export interface Checked {
  ok: boolean;
  message?: string;
}

export interface CredentialCheck {
  /** False: nothing can be asked; only a send shows whether it is let in. */
  possible: boolean;
  /** Never rejects. */
  run(): Promise<Checked>;
  /** The system says that it does not know us; any other failure does not say so. */
  refused(): Promise<boolean>;
}

export function createCredentialCheck(connection: Connection, context: ConnectorContext): CredentialCheck {
  let underWay: Promise<unknown> | undefined;
  const ask = (): Promise<unknown> => {
    underWay ??= check(connection, context).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
  return {
    possible: connection.connector.check !== undefined,
    run: async () => resultOf(await ask(), connection),
    refused: async () => isRefusal(await ask()),
  };
}

/** @returns undefined, or what went wrong */
async function check({ connector }: Connection, context: ConnectorContext): Promise<unknown> {
  try {
    await connector.check?.(context);
    return undefined;
  } catch (error) {
    return error ?? new Error('the check failed');
  }
}

const isRefusal = (fault: unknown): boolean =>
  fault instanceof ConnectorError && (fault.kind === 'unauthorized' || fault.kind === 'forbidden');

function resultOf(fault: unknown, { system, connector, abilities }: Connection): Checked {
  if (fault !== undefined) return { ok: false, message: fault instanceof Error ? fault.message : String(fault) };
  if (connector.check) return { ok: true };
  if (abilities.pulls) return { ok: true, message: `${system} polls us; there is nothing to check` };
  return { ok: false, message: `connector "${connector.name}" has no check; resume ${system} to try it` };
}
