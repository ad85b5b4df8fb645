// What is written to HubSpot: objects made by their unique property or e-mail address, and changed by their id; many at once.
import { createdId, textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Pushed, type PushResult, type Send } from '../../src/connector/contract.ts';
import { payloadWith, requiredText, treeOf } from '../../src/connector/payload.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import { ask } from './api.ts';
import { type BatchResult, batchSize, type Input, unanswered, writeBatch } from './batch.ts';
import { kindOf, pathOf, readOne } from './objects.ts';
import type { HubSpotContext } from './settings.ts';

export async function push(send: Send, context: HubSpotContext): Promise<Pushed> {
  const payload = payloadOf(send);
  const input = inputOf(send, payload, context);
  const externalId = input ? await writeOne(send, input, context) : await createUnnamed(send, payload, context);
  await linkCustomer(send, payload, externalId, context);
  return { externalId, status: 200 };
}

function payloadOf(send: Send): LosslessObject {
  if (send.op === 'delete') throw new ConnectorError('invalid', 'nothing is deleted in HubSpot', { sent: false });
  return payloadWith(send, ['number', 'properties', ...(send.record === 'order' ? ['customer'] : [])]);
}

/** Properties are texts, and an empty one takes the value away. */
function propertiesOf(payload: LosslessObject, { settings }: HubSpotContext): Record<string, string> {
  const number = textAt(payload, ['number']);
  const given = Object.entries(treeOf(payload.properties) ?? {});
  const texts = given.map(([name, value]): [string, string] => [name, textOf(name, value)]);
  return { ...Object.fromEntries(texts), ...(number !== undefined && { [settings.numberProperty]: number }) };
}

function textOf(name: string, value: Lossless): string {
  if (value === null || value === '') return '';
  const text = typeof value === 'boolean' ? String(value) : textAt(value, []);
  if (text !== undefined) return text;
  throw new ConnectorError('invalid', `the property ${name} is no text, number or truth value`, { sent: false });
}

/** @returns undefined for an object that has nothing to know it by again */
function inputOf(send: Send, payload: LosslessObject, context: HubSpotContext): Input | undefined {
  const properties = propertiesOf(payload, context);
  if (send.externalId !== undefined) return { id: send.externalId, idProperty: undefined, properties };
  const { numberProperty } = context.settings;
  const names = [numberProperty, ...Object.values(kindOf(send.record, context.settings).unique)];
  const idProperty = names.find((name) => properties[name]);
  return idProperty === undefined ? undefined : { id: properties[idProperty] ?? '', idProperty, properties };
}

/** @returns HubSpot's id */
async function writeOne(send: Send, input: Input, context: HubSpotContext): Promise<string> {
  if (input.idProperty === undefined) return update(send, input, context);
  const [result] = await writeBatch([input], send, context).catch((error: unknown): BatchResult[] => [
    { error: error as ConnectorError },
  ]);
  return settle(send, input, result, context);
}

async function settle(send: Send, input: Input, result: BatchResult | undefined, context: HubSpotContext) {
  if (result && 'id' in result) return result.id;
  const error = result?.error ?? unanswered();
  const id = await unnumbered(send, input, error, context);
  if (id === undefined) throw error;
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
  const body = { properties: propertiesOf(payload, context) };
  return createdId(await ask(context, { method: 'POST', path, body, sending: send }));
}

/**
 * HubSpot has one contact of an e-mail address. One that is there without a number is the same person, and becomes ours.
 * @returns its id
 */
async function unnumbered(
  send: Send,
  { idProperty, properties }: Input,
  error: ConnectorError,
  context: HubSpotContext,
) {
  const { settings } = context;
  const { email } = kindOf(send.record, settings).unique.emails ? properties : {};
  if (error.status !== 409 || !email || idProperty !== settings.numberProperty) return undefined;
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

interface Prepared {
  send: Send;
  payload: LosslessObject;
  input: Input;
}

/** Objects of one type, all new or all known, in one request; what a batch cannot carry goes by itself. */
export async function pushMany(sends: Send[], context: HubSpotContext): Promise<PushResult[]> {
  const results = new Map<Send, PushResult>();
  const groups = new Map<string, Prepared[]>();
  for (const send of sends) {
    const prepared = prepare(send, context);
    const name = prepared && `${send.record} ${prepared.input.idProperty ?? 'id'}`;
    if (name === undefined) results.set(send, await outcomeOf(() => push(send, context)));
    else groups.set(name, [...(groups.get(name) ?? []), prepared as Prepared]);
  }
  for (const group of groups.values())
    for (let at = 0; at < group.length; at += batchSize)
      for (const [send, result] of await pushBatch(group.slice(at, at + batchSize), context)) results.set(send, result);
  return sends.map((send) => results.get(send) ?? { error: unanswered() });
}

/** @returns undefined for one that goes by itself, or cannot go at all */
function prepare(send: Send, context: HubSpotContext): Prepared | undefined {
  try {
    const payload = payloadOf(send);
    const input = inputOf(send, payload, context);
    return input && { send, payload, input };
  } catch {
    return undefined;
  }
}

async function pushBatch(group: Prepared[], context: HubSpotContext): Promise<[Send, PushResult][]> {
  const [first] = group;
  const inputs = group.map(({ input }) => input);
  const batch = first && (await outcomeOf(() => writeBatch(inputs, first.send, context)));
  const outcomes = group.map(async ({ send, payload, input }, place): Promise<[Send, PushResult]> => {
    // One that is refused may take the others with it: nothing was written, and each is told by itself.
    if (batch && 'error' in batch && isRefusal(batch.error)) return [send, await outcomeOf(() => push(send, context))];
    const result = batch && 'error' in batch ? { error: batch.error as ConnectorError } : batch?.pushed[place];
    return [send, await outcomeOf(() => finish({ send, payload, input }, result, context))];
  });
  return Promise.all(outcomes);
}

async function finish({ send, payload, input }: Prepared, result: BatchResult | undefined, context: HubSpotContext) {
  const externalId = await settle(send, input, result, context);
  await linkCustomer(send, payload, externalId, context);
  return { externalId, status: 200 };
}

const isRefusal = (error: Error): boolean =>
  error instanceof ConnectorError && ['rejected', 'not_found'].includes(error.kind);

const outcomeOf = <T>(doing: () => Promise<T>): Promise<{ pushed: T } | { error: Error }> =>
  doing().then(
    (pushed) => ({ pushed }),
    (error: Error) => ({ error }),
  );
