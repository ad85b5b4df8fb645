// What is written to HubSpot: objects made by their unique property or e-mail address, and changed by their id; many at once.
import { createdId, textAt } from '../../src/connector/answer.ts';
import { outcomeOf, pushInBatches } from '../../src/connector/batches.ts';
import { textsAt, treesAt } from '../../src/connector/compare.ts';
import {
  ConnectorError,
  type ConnectorErrorKind,
  type Pushed,
  type PushResult,
  type Send,
} from '../../src/connector/contract.ts';
import { payloadWith, requiredText, treeOf } from '../../src/connector/payload.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import { ask } from './api.ts';
import { kindOf, pathOf, readOne } from './objects.ts';
import type { HubSpotContext } from './settings.ts';

export const push = (send: Send, context: HubSpotContext): Promise<Pushed> => write(send, context);

/** @param told what a batch said of it; it is sent by itself where absent */
async function write(send: Send, context: HubSpotContext, told?: BatchResult): Promise<Pushed> {
  const payload = payloadOf(send);
  const input = inputOf(send, payload, context);
  const externalId = input ? await writeKnown(send, input, context, told) : await createUnnamed(send, payload, context);
  await linkCustomer(send, payload, externalId, context);
  return { externalId, status: 200 };
}

function payloadOf(send: Send): LosslessObject {
  if (send.op === 'delete') throw new ConnectorError('invalid', 'nothing is deleted in HubSpot', { sent: false });
  return payloadWith(send, ['number', 'properties', ...(send.record === 'order' ? ['customer'] : [])]);
}

/** Properties are texts, and an empty one takes the value away. An order that is made is called by its number. */
function propertiesOf({ record, op }: Send, payload: LosslessObject, { settings }: HubSpotContext) {
  const number = textAt(payload, ['number']);
  const given = Object.entries(treeOf(payload.properties) ?? {});
  const texts = given.map(([name, value]): [string, string] => [name, textOf(name, value)]);
  const properties: Record<string, string> = Object.fromEntries(texts);
  if (number === undefined) return properties;
  const named = record === 'order' && op === 'create' ? { hs_order_name: number } : {};
  return { ...named, ...properties, [settings.numberProperty]: number };
}

function textOf(name: string, value: Lossless): string {
  if (value === null || value === '') return '';
  const text = typeof value === 'boolean' ? String(value) : textAt(value, []);
  if (text !== undefined) return text;
  throw new ConnectorError('invalid', `the property ${name} is no text, number or truth value`, { sent: false });
}

/** @returns undefined for an object that has nothing to know it by again */
function inputOf(send: Send, payload: LosslessObject, context: HubSpotContext): Input | undefined {
  const properties = propertiesOf(send, payload, context);
  if (send.externalId !== undefined) return { id: send.externalId, idProperty: undefined, properties };
  const { numberProperty } = context.settings;
  const names = [numberProperty, ...Object.values(kindOf(send.record, context.settings).unique)];
  const idProperty = names.find((name) => properties[name]);
  return idProperty === undefined ? undefined : { id: properties[idProperty] ?? '', idProperty, properties };
}

/** @returns HubSpot's id */
async function writeKnown(send: Send, input: Input, context: HubSpotContext, told?: BatchResult): Promise<string> {
  if (!told && input.idProperty === undefined) return update(send, input, context);
  const one = told ? { pushed: [told] } : await outcomeOf(() => writeBatch([input], send, context));
  const result = 'pushed' in one ? (one.pushed[0] ?? { error: unanswered() }) : one;
  if ('id' in result) return result.id;
  const id = await unnumbered(send, input, result.error, context);
  if (id === undefined) throw result.error;
  return update(send, { ...input, id }, context);
}

async function update(send: Send, { id, properties }: Input, context: HubSpotContext): Promise<string> {
  const path = `${pathOf(kindOf(send.record, context.settings))}/${encodeURIComponent(id)}`;
  if (Object.keys(properties).length === 0) return id;
  return createdId(await ask(context, { method: 'PATCH', path, body: { properties }, sending: send }));
}

/** Somebody with neither number nor e-mail address: made once, and never again blindly. */
async function createUnnamed(send: Send, payload: LosslessObject, context: HubSpotContext): Promise<string> {
  if (send.repeat)
    throw new ConnectorError('unclear', `a ${send.record} without a number or e-mail address cannot be found again`);
  const path = pathOf(kindOf(send.record, context.settings));
  const body = { properties: propertiesOf(send, payload, context) };
  return createdId(await ask(context, { method: 'POST', path, body, sending: send }));
}

/**
 * HubSpot has one contact of an e-mail address. One that is there without a number is the same person, and becomes ours.
 * @returns its id
 */
async function unnumbered(send: Send, { idProperty, properties }: Input, error: Error, context: HubSpotContext) {
  const { settings } = context;
  const { email } = kindOf(send.record, settings).unique.emails ? properties : {};
  const isTaken = error instanceof ConnectorError && error.status === 409;
  if (!isTaken || !email || idProperty !== settings.numberProperty) return undefined;
  const known = await readOne(send.record, { id: email, by: 'email' }, context);
  return textAt(known, ['number']) === undefined ? textAt(known, ['id']) : undefined;
}

/** The buyer of an order; the same link again changes nothing. */
async function linkCustomer(send: Send, payload: LosslessObject, orderId: string, context: HubSpotContext) {
  if (send.record !== 'order' || !treeOf(payload.customer)) return;
  const [from, to] = [`orders/${encodeURIComponent(orderId)}`, kindOf('customer', context.settings).path];
  const customerId = encodeURIComponent(requiredText(payload, 'customer.id'));
  const path = `/crm/v4/objects/${from}/associations/default/${to}/${customerId}`;
  await ask(context, { method: 'PUT', path, sending: send });
}

/** Objects of one type, all new or all known, in one request. */
export const pushMany = (sends: Send[], context: HubSpotContext): Promise<PushResult[]> => {
  const input = (send: Send): Input | undefined => inputOf(send, payloadOf(send), context);
  return pushInBatches<BatchResult>(sends, {
    size: batchSize,
    groupOf: (send) => {
      const known = input(send);
      return known && `${send.record} ${known.idProperty}`;
    },
    write: (group) =>
      writeBatch(
        group.flatMap((send) => input(send) ?? []),
        group[0] as Send,
        context,
      ),
    finish: (send, told) => write(send, context, told),
  });
};

/** One object, as HubSpot takes it. */
interface Input {
  /** HubSpot's id, or the value of the unique property. */
  id: string;
  idProperty: string | undefined;
  properties: Record<string, string>;
}

/** Most of one request. */
const batchSize = 100;

type BatchResult = { id: string } | { error: Error };

/**
 * @param inputs all with ids, or all with a unique property
 * @returns what became of each, in their order
 * @throws ConnectorError of the whole request
 */
async function writeBatch(inputs: readonly Input[], sending: Send, context: HubSpotContext): Promise<BatchResult[]> {
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

const unanswered = () =>
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
