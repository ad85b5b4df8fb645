// Customers are parties: one call writes the party, its first address and its telephone numbers and e-mail addresses.
import { createdId, textAt } from '../../src/connector/answer.ts';
import { differing, holds, textsAt, treesAt } from '../../src/connector/compare.ts';
import type { Pushed, Send } from '../../src/connector/contract.ts';
import { payloadOf, requiredText, treeOf } from '../../src/connector/payload.ts';
import { objectToChange, theOne, withIdOf } from '../../src/connector/rows.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import { contactTypes } from './documents.ts';
import { sourceOf } from './rows.ts';
import { call, write } from './rpc.ts';
import type { TrytonContext } from './settings.ts';

export async function pushParty(send: Send, context: TrytonContext): Promise<Pushed> {
  const { externalId: id } = send;
  if (id === undefined) return { externalId: await create(send, context), status: 200 };
  const party = await objectToChange(sourceOf(context), 'customer', id);
  const rows = { 'party.party': party, 'party.address': party.address ?? null };
  await write(context, send, rows, await changesOf(party, payloadOf(send), context));
  return { externalId: id, status: 200 };
}

/** Tryton keeps a code once: by it a create that was done before is found. */
async function create(send: Send, context: TrytonContext): Promise<string> {
  const body = payloadOf(send);
  const key = { name: 'code', value: requiredText(body, 'code') };
  const found = send.repeat ? await theOne(sourceOf(context), 'customer', key) : undefined;
  if (found !== undefined) return found;
  const params = [[await changesOf({}, body, context)]];
  return createdId(await call(context, { method: 'model.party.party.create', params, sending: send }), ['0']);
}

/** As Tryton takes them: what it has already is left out. */
async function changesOf(party: LosslessObject, body: LosslessObject, on: TrytonContext): Promise<LosslessObject> {
  const { address, emails, phones, ...fields } = body;
  const addresses = await addressChanges(party, treeOf(address), on);
  const contacts = Object.entries({ emails, phones }).flatMap(([name, wanted]) =>
    wanted === undefined ? [] : contactChanges(party, textsAt(wanted, []), contactTypes[name as 'emails']),
  );
  return {
    ...differing(party, fields),
    ...(addresses.length > 0 && { addresses }),
    ...(contacts.length > 0 && { contact_mechanisms: contacts }),
  };
}

async function addressChanges(party: LosslessObject, wanted: LosslessObject | undefined, on: TrytonContext) {
  if (!wanted || holds(party.address, wanted)) return [];
  const [fields, id] = [await addressFields(wanted, on), treeOf(party.address)?.id];
  return [id === undefined ? ['create', [fields]] : ['write', [id], fields]];
}

/** A list is the whole of it: what is not in it goes out of use, and comes back when it is named again. */
function contactChanges(party: LosslessObject, wanted: string[], types: string[]): Lossless[] {
  const names = (row: LosslessObject, value: string): boolean =>
    compact(textAt(row, ['value']) ?? '') === compact(value);
  const all = treesAt(party, ['contact_mechanisms']).filter(({ type }) => types.includes(String(type)));
  const turned = all.flatMap((row): Lossless[] => {
    const active = wanted.some((value) => names(row, value));
    return active === row.active ? [] : [['write', [row.id ?? null], { active }]];
  });
  const missing = wanted.filter((value) => !all.some((row) => names(row, value)));
  const made = missing.map((value): Lossless => ['create', [{ type: types[0] ?? null, value }]]);
  return [...turned, ...made];
}

/** Tryton spaces telephone numbers in its own way. */
const compact = (value: string): string => (value.includes('@') ? value : value.replace(/[^\d+]/g, ''));

/** @param address a country by its code */
const addressFields = (address: LosslessObject, on: TrytonContext): Promise<LosslessObject> =>
  withIdOf(sourceOf(on), { model: 'country.country', member: 'country', code: 'code' }, address);

/**
 * One of the party that says the same, else a new one: no other order's address is changed by this one's. Nor is this one's
 * by the party: its first address is its own, so one without any gets an empty one before, as Tryton's client makes it.
 */
export async function addressOf(party: LosslessObject, wanted: LosslessObject, send: Send, on: TrytonContext) {
  const present = treesAt(party, ['addresses']).filter((one) => one.active !== false);
  const known = present.find((one) => holds(one, wanted));
  if (known) return known.id ?? null;
  const owner = { party: party.id ?? null };
  const rows: LosslessObject[] = [{ ...(await addressFields(wanted, on)), ...owner }];
  if (present.length === 0) rows.unshift(owner);
  const made = await call(on, { method: 'model.party.address.create', params: [rows], sending: send });
  const id = Number(createdId(made, [String(rows.length - 1)]));
  party.addresses = [...present, { ...wanted, id }];
  return id;
}
