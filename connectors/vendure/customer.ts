// Customers and their addresses.
import { arrayAt, createdId, textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Pushed, type Send } from '../../src/connector/contract.ts';
import { agrees, payloadOf, requiredText, treeOf } from '../../src/connector/payload.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import * as documents from './documents.ts';
import { find } from './find.ts';
import { read, write } from './graphql.ts';
import type { VendureContext } from './settings.ts';

export async function pushCustomer(send: Send, context: VendureContext): Promise<Pushed> {
  const { addresses, ...fields } = payloadOf(send);
  const id = send.externalId ?? (await create(send, fields, context));
  if (send.externalId !== undefined && Object.keys(fields).length > 0)
    await write(context, send, documents.updateCustomer, { input: { ...fields, id } });
  if (Array.isArray(addresses) && addresses.length > 0) await writeAddresses(id, addresses, send, context);
  return { externalId: id, status: 200 };
}

/** The e-mail address is what Vendure knows customers by: a create that was done before is found by it. */
async function create(send: Send, fields: LosslessObject, context: VendureContext): Promise<string> {
  const match = [{ field: 'emailAddress', value: requiredText(fields, 'emailAddress') }];
  const found = send.repeat ? await find({ record: 'customer', match }, context) : undefined;
  return found ?? createdId(await write(context, send, documents.createCustomer, { input: fields }));
}

/** One that is there already is not made again, also where a repeat says it. */
async function writeAddresses(id: string, wanted: Lossless[], send: Send, context: VendureContext): Promise<void> {
  const customer = await read(context, documents.customer([]), { id });
  if (customer === null) throw new ConnectorError('not_found', `there is no customer ${id}`, { status: 200 });
  const present = addressesOf(customer);
  for (const input of wanted.map(treeOf)) {
    if (input && textAt(input, ['id']) !== undefined)
      await write(context, send, documents.updateCustomerAddress, { input });
    else if (input && !present.some((address) => agrees(address, input)))
      await write(context, send, documents.createCustomerAddress, { customerId: id, input });
  }
}

/** As they would be written: the country by its code. */
const addressesOf = (customer: Lossless): LosslessObject[] =>
  arrayAt(customer, ['addresses']).map((one) => ({
    ...treeOf(one),
    countryCode: getPath(one, ['country', 'code']) ?? null,
  }));
