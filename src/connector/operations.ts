// What of a connector rests on somebody else's word, or on nobody's: told before it is used.
import type { z } from 'zod';
import type { Connector, Operation, OperationSource } from './contract.ts';

type Operations = Pick<Connector, 'operations'>;

export const listedOperations = ({ operations }: Operations): readonly Operation[] =>
  operations === 'configured' ? [] : operations;

const writesAssumed = ({ does, source }: Operation): boolean => does === 'write' && source === 'assumed';

/** Writes that nobody has seen working; they need the word of the operator. */
export const assumedWrites = (connector: Operations): Operation[] => listedOperations(connector).filter(writesAssumed);

/** Operations that neither the vendor nor a recording vouches for. */
export const doubtfulOperations = (connector: Operations): Operation[] =>
  listedOperations(connector).filter(({ source }) => source in doubts);

/** @returns whether the settings have a place for the operator's word */
export function allowsUnverified(schema: z.core.$ZodType): boolean {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'object') return 'unverified' in def.shape;
  if (def.type === 'pipe') return allowsUnverified(def.in);
  return 'innerType' in def && allowsUnverified(def.innerType as z.core.$ZodType);
}

/** @returns what is wrong with the settings of a system whose connector writes what is only assumed, or undefined */
export function unverifiedFault(connector: Operations, settings: unknown): string | undefined {
  const assumed = assumedWrites(connector);
  const isAllowed = (settings as { unverified?: unknown } | null)?.unverified === true;
  if (assumed.length === 0 || isAllowed) return undefined;
  const names = assumed.map(({ name }) => name).join(', ');
  return `nobody has seen these writes work: ${names}; set unverified: true to use them all the same`;
}

const doubts: Partial<Record<OperationSource, string>> = {
  third_party: "is known from other people's code only",
  assumed: 'is assumed: nobody has seen it work',
};

/** @returns one line for each operation that may not work as it is used */
export const operationWarnings = (connector: Connector): string[] =>
  doubtfulOperations(connector).map(
    ({ name, does, source, link }) =>
      `the ${does} "${name}" of the connector ${connector.name} ${doubts[source]} (${link})`,
  );
