// Orders: custom fields, notes, addresses (through the state Modifying), states. They are made by shoppers, never here.
import { arrayAt, textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Pushed, type Question, type Send, type Verdict } from '../../src/connector/contract.ts';
import { holdsAll, payloadOf, treeOf } from '../../src/connector/payload.ts';
import { noIfRejected } from '../../src/connector/verdict.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import * as documents from './documents.ts';
import { read, type Sending, write } from './graphql.ts';
import type { VendureContext } from './settings.ts';

interface Task {
  id: string;
  sending: Sending;
  context: VendureContext;
}

/** Each step looks whether it was done already, so that a repeat goes on where an attempt ended. */
export async function pushOrder(send: Send, context: VendureContext): Promise<Pushed> {
  const { externalId: id } = send;
  if (id === undefined) throw new ConnectorError('invalid', 'orders are made in the shop only', { sent: false });
  const [body, order, task] = [payloadOf(send), await orderBy(id, context), { id, sending: send, context }];
  const [customFields, note, state] = [treeOf(body.customFields), textAt(body, ['note']), textAt(body, ['state'])];
  if (customFields) await write(context, send, documents.setOrderCustomFields, { input: { id, customFields } });
  if (note !== undefined && !entriesOf(order, 'ORDER_NOTE').some((data) => textAt(data, ['note']) === note))
    await write(context, send, documents.addNoteToOrder, { input: { id, note, isPublic: false } });
  const standing = await modify(order, addressChanges(order, body), task, send.repeat);
  if (state !== undefined && state !== standing) await move(task, state);
  return { status: 200 };
}

/** @throws ConnectorError not_found */
export async function orderBy(id: string, context: VendureContext): Promise<Lossless> {
  const order = await read(context, documents.orderState, { id });
  if (order === null) throw new ConnectorError('not_found', `there is no order ${id}`, { status: 200 });
  return order;
}

const stateOf = (order: Lossless): string => textAt(order, ['state']) ?? '';

const move = ({ id, sending, context }: Task, state: string): Promise<Lossless> =>
  write(context, sending, documents.transitionOrderToState, { id, state });

/** Newest first. */
const entriesOf = (order: Lossless, type: string): Lossless[] =>
  arrayAt(order, ['history', 'items']).flatMap((entry) =>
    textAt(entry, ['type']) === type ? [getPath(entry, ['data']) ?? null] : [],
  );

function addressChanges(order: Lossless, body: LosslessObject): LosslessObject {
  const changes: LosslessObject = {};
  for (const which of ['Shipping', 'Billing']) {
    const member = `${which.toLowerCase()}Address`;
    const wanted = treeOf(body[member]);
    if (wanted && !holdsAll(treeOf(getPath(order, [member])) ?? {}, wanted)) changes[`update${which}Address`] = wanted;
  }
  return changes;
}

const modifying = 'Modifying';

/**
 * Into Modifying, a dry run, the change, and back to where it was: also when it is refused, or was begun before.
 * @returns the state that the order is in then
 */
async function modify(order: Lossless, changes: LosslessObject, task: Task, repeat: boolean): Promise<string> {
  const [isBegun, isWanted] = [stateOf(order) === modifying, Object.keys(changes).length > 0];
  if (!isWanted && !(isBegun && repeat)) return stateOf(order);
  if (isBegun && !repeat) throw new ConnectorError('unavailable', 'somebody is modifying the order', { sent: false });
  const back = isBegun ? stateBefore(order) : stateOf(order);
  if (!isBegun) await move(task, modifying);
  if (isWanted) await change(changes, task).catch((error) => leaveAndThrow(error, task, back));
  await move(task, back);
  return back;
}

/** @throws ConnectorError unclear when its history does not tell */
function stateBefore(order: Lossless): string {
  const entry = entriesOf(order, 'ORDER_STATE_TRANSITION').find((data) => textAt(data, ['to']) === modifying);
  const from = textAt(entry, ['from']);
  if (from !== undefined) return from;
  throw new ConnectorError('unclear', 'the order is in Modifying, and its history does not say from where');
}

async function change(changes: LosslessObject, { id, sending, context }: Task): Promise<void> {
  for (const dryRun of [true, false])
    await write(context, sending, documents.modifyOrder, { input: { orderId: id, dryRun, ...changes } });
}

/** Nothing was changed, and nothing will be: the order must not be left in between. */
const refusals: ReadonlySet<string> = new Set(['rejected', 'forbidden', 'not_found', 'invalid']);

async function leaveAndThrow(error: unknown, task: Task, back: string): Promise<never> {
  if (error instanceof ConnectorError && refusals.has(error.kind)) await move(task, back);
  throw error;
}

/** Asked again, the order itself says how it stands. */
export async function transition(question: Question & { to: string }, context: VendureContext): Promise<Verdict> {
  const { externalId: id, to, again } = question;
  if (stateOf(await orderBy(id, context)) === to) return 'yes';
  if (again) return 'no';
  return move({ id, sending: question, context }, to).then(() => 'yes', noIfRejected);
}
