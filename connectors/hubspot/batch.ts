// A batch: many objects in one request, of which some may be written and others refused.
import { textAt } from '../../src/connector/answer.ts';
import type { Sending } from '../../src/connector/ask-json.ts';
import { textsAt, treesAt } from '../../src/connector/compare.ts';
import { ConnectorError, type ConnectorErrorKind, type Send } from '../../src/connector/contract.ts';
import type { LosslessObject } from '../../src/model/json.ts';
import { ask } from './api.ts';
import { kindOf, pathOf } from './objects.ts';
import type { HubSpotContext } from './settings.ts';

/** One object, as HubSpot takes it. */
export interface Input {
  /** HubSpot's id, or the value of the unique property. */
  id: string;
  idProperty: string | undefined;
  properties: Record<string, string>;
}

/** Most of one request. */
export const batchSize = 100;

export type BatchResult = { id: string } | { error: ConnectorError };

/**
 * @param inputs all with ids, or all with a unique property
 * @returns what became of each, in their order
 * @throws ConnectorError of the whole request
 */
export async function writeBatch(
  inputs: readonly Input[],
  sending: Sending & Pick<Send, 'record'>,
  context: HubSpotContext,
): Promise<BatchResult[]> {
  const verb = inputs[0]?.idProperty === undefined ? 'update' : 'upsert';
  const path = `${pathOf(kindOf(sending.record, context.settings))}/batch/${verb}`;
  const named = inputs.map(({ id, idProperty, properties }, place) => ({
    ...{ id, properties, objectWriteTraceId: String(place) },
    ...(idProperty !== undefined && { idProperty }),
  }));
  const answer = await ask(context, { method: 'POST', path, body: { inputs: named }, sending });
  const [results, errors] = [treesAt(answer, ['results']), treesAt(answer, ['errors'])];
  return inputs.map((input, place) => {
    const isOnly = inputs.length === 1;
    const done = results.find((result) => isAbout(result, input, place)) ?? (isOnly ? results[0] : undefined);
    const id = textAt(done, ['id']);
    if (id !== undefined) return { id };
    const failed = errors.find((error) => names(error, input, place)) ?? (isOnly ? errors[0] : undefined);
    return { error: failed ? errorOf(failed) : unanswered() };
  });
}

/** By the mark that came with it, else by what it is known by. */
function isAbout(result: LosslessObject, { id, idProperty }: Input, place: number): boolean {
  const mark = textAt(result, ['objectWriteTraceId']);
  if (mark !== undefined) return mark === String(place);
  return textAt(result, idProperty === undefined ? ['id'] : ['properties', idProperty]) === id;
}

const names = (error: LosslessObject, { id }: Input, place: number): boolean =>
  textsAt(error, ['context', 'objectWriteTraceId']).includes(String(place)) ||
  textsAt(error, ['context', 'ids']).includes(id);

export const unanswered = () =>
  new ConnectorError('unclear', "HubSpot's answer says neither that it was written nor that not");

/** Those that were seen; what any other means is not guessed. */
const kinds: Readonly<Record<string, { kind: ConnectorErrorKind; status: number }>> = {
  VALIDATION_ERROR: { kind: 'rejected', status: 400 },
  CONFLICT: { kind: 'rejected', status: 409 },
  OBJECT_NOT_FOUND: { kind: 'not_found', status: 404 },
};

function errorOf(error: LosslessObject): ConnectorError {
  const category = textAt(error, ['category']) ?? '';
  const known = Object.hasOwn(kinds, category) ? kinds[category] : undefined;
  const words = textAt(error, ['message']) ?? category;
  return new ConnectorError(known?.kind ?? 'unclear', words, { status: known?.status ?? 207 });
}
