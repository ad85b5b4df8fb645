// What stands by itself: orders, which are made by shoppers and never here, and customers.
import { arrayAt, createdId, textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Pushed, type Reference, type Send } from '../../src/connector/contract.ts';
import { holdsAll, payloadWith, treeOf } from '../../src/connector/payload.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import * as documents from './documents.ts';
import { read, readOne, type ShopifyContext, write } from './graphql.ts';

export async function pushOrder(send: Send, context: ShopifyContext): Promise<Pushed> {
  if (!send.externalId) throw new ConnectorError('invalid', 'orders are made in the shop only', { sent: false });
  const plain = ['email', 'phone', 'note', 'poNumber', 'customAttributes'];
  const { shippingAddress, tags, ...body } = payloadWith(send, [...plain, 'shippingAddress', 'tags']);
  const order = await readOne(context, documents.orderState, send.externalId);
  const input = differing(order, body);
  const address = addressInput(order.shippingAddress, shippingAddress);
  if (address) input.shippingAddress = address;
  if (Object.keys(input).length > 0)
    await write(context, send, documents.orderUpdate, { input: { ...input, id: order.id ?? null } });
  await addTags(order, tags, send, context);
  return { status: 200 };
}

/** Each write moves the time of the object and comes back by webhook: so only what is not so yet. */
const differing = (present: LosslessObject, wanted: LosslessObject): LosslessObject =>
  Object.fromEntries(Object.entries(wanted).filter(([name, value]) => !holdsAll(present, { [name]: value })));

/**
 * An address that is written takes the place of the one before: what is not said of it stays as it is.
 * @returns undefined where everything is there already
 */
function addressInput(present: Lossless = null, wanted: Lossless = null): LosslessObject | undefined {
  const given = treeOf(wanted);
  const [before = {}, after = {}] = [treeOf(present), { ...treeOf(present), ...given, ...namesIn(given?.name) }];
  if (!given || holdsAll(before, after)) return undefined;
  return Object.fromEntries(documents.addressParts.map((part) => [part, after[part] ?? null]));
}

/** The last word is the family name. */
function namesIn(name: Lossless = null): LosslessObject {
  const words = typeof name === 'string' ? name.trim().split(/\s+/) : [];
  return words.length > 0 ? { firstName: words.slice(0, -1).join(' ') || null, lastName: words.at(-1) ?? null } : {};
}

/** The shop's own tags stay: others are added, and none is taken away. */
async function addTags(owner: LosslessObject, tags: Lossless = [], send: Send, context: ShopifyContext) {
  const missing = Array.isArray(tags) ? tags.filter((tag) => !arrayAt(owner, ['tags']).includes(tag)) : [];
  if (missing.length > 0) await write(context, send, documents.tagsAdd, { id: owner.id ?? null, tags: missing });
}

export async function pushCustomer(send: Send, context: ShopifyContext): Promise<Pushed> {
  const plain = ['firstName', 'lastName', 'email', 'phone', 'note', 'locale'];
  const { defaultAddress, tags, ...body } = payloadWith(send, [...plain, 'defaultAddress', 'tags']);
  const externalId = send.externalId ?? (await create(send, body, context));
  const customer = await readOne(context, documents.customer, externalId);
  const [id = null, input] = [customer.id, send.externalId ? differing(customer, body) : {}];
  if (Object.keys(input).length > 0) await write(context, send, documents.customerUpdate, { input: { ...input, id } });
  const address = addressInput(customer.defaultAddress, defaultAddress);
  const addressId = textAt(customer, ['defaultAddress', 'id']);
  const given = address && { customerId: id, address, ...(addressId && { addressId }) };
  const { customerAddressCreate, customerAddressUpdate } = documents;
  if (given) await write(context, send, addressId ? customerAddressUpdate : customerAddressCreate, given);
  await addTags(customer, tags, send, context);
  return { externalId, status: 200 };
}

/** E-mail address and telephone number belong to one customer only: a create that was done before is found by them. */
async function create(send: Send, body: LosslessObject, context: ShopifyContext): Promise<string> {
  const contact = ['email', 'phone'].map((name) => textAt(body, [name]));
  const found = send.repeat ? await byContact(contact, context) : undefined;
  if (found !== undefined) return found;
  if (send.repeat && !contact.some(Boolean))
    throw new ConnectorError('unclear', 'a customer without e-mail address and telephone number cannot be found again');
  return createdId(await write(context, send, documents.customerCreate, { input: body }));
}

export async function find({ record, match }: Extract<Reference, { match: unknown }>, context: ShopifyContext) {
  if (record !== 'customer') throw new ConnectorError('invalid', `no ${record} is looked for`, { sent: false });
  const contact = ['emails', 'phones'].map((name) => match.find(({ field }) => field === name)?.value);
  return byContact(contact, context);
}

async function byContact([emailAddress, phoneNumber]: (string | undefined)[], context: ShopifyContext) {
  for (const [name, value] of Object.entries({ emailAddress, phoneNumber })) {
    const identifier = value === undefined ? undefined : { [name]: value };
    const found = identifier && (await read(context, documents.customerByIdentifier, { identifier }));
    if (found) return textAt(found, ['id']);
  }
  return undefined;
}
