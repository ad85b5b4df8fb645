// What is written to HubSpot: objects made by their unique property or e-mail address, and changed by their id; many at once.
import { createdId, textAt } from '../../src/connector/answer.ts';
import { outcomeOf, pushAlone, pushInBatches, sendingOf } from '../../src/connector/batches.ts';
import { textsAt, treesAt } from '../../src/connector/compare.ts';
import { ConnectorError, type ConnectorErrorKind, type PushResult, type Send } from '../../src/connector/contract.ts';
import { payloadWith, requiredText, treeOf } from '../../src/connector/payload.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import { ask } from './api.ts';
import { kindOf, pathOf, readOne } from './objects.ts';
import type { HubSpotContext } from './settings.ts';

/** Objects of one type, all new or all known, in one request; and one more that links orders to their customers. */
export async function pushMany(sends: Send[], context: HubSpotContext): Promise<PushResult[]> {
  const written = await pushInBatches<BatchResult>(sends, {
    size: batchSize,
    groupOf: (send) => {
      const input = inputOf(send, context);
      return input && `${send.record} ${input.idProperty}`;
    },
    write: (group) => writeBatch(group, context),
    finish: (send, told) => write(send, context, told),
  });
  return linkCustomers(sends, written, context);
}

export const push = pushAlone(pushMany);

/** @param told what a batch said of it; it is sent by itself where absent */
async function write(send: Send, context: HubSpotContext, told?: BatchResult) {
  const input = inputOf(send, context);
  const externalId = input ? await writeKnown(send, input, context, told) : await createUnnamed(send, context);
  return { externalId, status: 200 };
}

/** The buyer of an order, if it is to be linked to one. */
function customerOf(send: Send): string | undefined {
  const payload = payloadOf(send);
  return treeOf(payload.customer) && requiredText(payload, 'customer.id');
}

function payloadOf(send: Send): LosslessObject {
  if (send.op === 'delete') throw new ConnectorError('invalid', 'nothing is deleted in HubSpot', { sent: false });
  return payloadWith(send, ['number', 'properties', ...(send.record === 'order' ? ['customer'] : [])]);
}

/** Properties are texts, and an empty one takes the value away. An order that is made is called by its number. */
function propertiesOf(send: Send, { settings }: HubSpotContext): Record<string, string> {
  const [payload, { record, op }] = [payloadOf(send), send];
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
function inputOf(send: Send, context: HubSpotContext): Input | undefined {
  // Nothing is written of what could not be linked afterwards.
  customerOf(send);
  const properties = propertiesOf(send, context);
  if (send.externalId !== undefined) return { id: send.externalId, idProperty: undefined, properties };
  const { numberProperty } = context.settings;
  const names = [numberProperty, ...Object.values(kindOf(send.record, context.settings).unique)];
  const idProperty = names.find((name) => properties[name]);
  return idProperty === undefined ? undefined : { id: properties[idProperty] ?? '', idProperty, properties };
}

/** @returns HubSpot's id */
async function writeKnown(send: Send, input: Input, context: HubSpotContext, told?: BatchResult): Promise<string> {
  if (!told && input.idProperty === undefined) return update(send, input, context);
  const one = told ? { pushed: [told] } : await outcomeOf(() => writeBatch([send], context));
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
async function createUnnamed(send: Send, context: HubSpotContext): Promise<string> {
  if (send.repeat)
    throw new ConnectorError('unclear', `a ${send.record} without a number or e-mail address cannot be found again`);
  const path = pathOf(kindOf(send.record, context.settings));
  const body = { properties: propertiesOf(send, context) };
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

/** The buyers of orders that are there now; the same link again changes nothing. */
function linkCustomers(sends: Send[], written: PushResult[], context: HubSpotContext): Promise<PushResult[]> {
  const results = new Map(sends.map((send, at) => [send, written[at] as PushResult]));
  const ordersOf = new Map<Send, string>();
  for (const [send, result] of results)
    if ('pushed' in result && customerOf(send) !== undefined) ordersOf.set(send, result.pushed.externalId ?? '');
  return pushInBatches<boolean>(sends, {
    size: batchSize,
    groupOf: (send) => (ordersOf.has(send) ? 'links' : undefined),
    write: (group) => link(group, ordersOf, context),
    finish: async (send, told) => {
      const result = results.get(send) as PushResult;
      if ('error' in result) throw result.error;
      if (typeof told === 'object') throw told.error;
      if (ordersOf.has(send) && !told) await link([send], ordersOf, context);
      return result.pushed;
    },
  });
}

/** @returns true of each that is said to be linked */
async function link(sends: readonly Send[], ordersOf: Map<Send, string>, context: HubSpotContext): Promise<boolean[]> {
  const inputs = sends.map((send) => ({ from: { id: ordersOf.get(send) ?? '' }, to: { id: customerOf(send) ?? '' } }));
  const path = `/crm/v4/associations/orders/${kindOf('customer', context.settings).path}/batch/associate/default`;
  const answer = await ask(context, { method: 'POST', path, body: { inputs }, sending: sendingOf(sends) });
  const linked = treesAt(answer, ['results']).map((one) => textAt(one, ['from', 'id']));
  const [failed] = treesAt(answer, ['errors']);
  if (inputs.length === 1 && linked.length === 0) throw failed ? errorOf(failed) : unanswered();
  return inputs.map(({ from }) => linked.includes(from.id));
}

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
 * @param sends all with ids, or all with a unique property
 * @returns what became of each, in their order
 * @throws ConnectorError of the whole request
 */
async function writeBatch(sends: readonly Send[], context: HubSpotContext): Promise<BatchResult[]> {
  const [{ record }, sending] = [sends[0] as Send, sendingOf(sends)];
  const inputs = sends.flatMap((send) => inputOf(send, context) ?? []);
  const verb = inputs[0]?.idProperty === undefined ? 'update' : 'upsert';
  const path = `${pathOf(kindOf(record, context.settings))}/batch/${verb}`;
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
