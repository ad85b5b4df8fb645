// The change that every bench sends: a shop's order of about 1 KB, with digits that are overwritten in place.

const recordPlace = 'RRRRRRRRR';
const markPlace = 'MMMMMMMMM';
const timePlace = '"TTTTTTTTTTTTT"';
const amountPlace = 'AAA';
/** Three digits, so that no order goes to and fro between two quantities by chance: the hub would hold it. */
const quantityPlace = '"QQQ"';
export const digits = 9;

const line = (no: string, sku: string, qty: unknown, price: string) => ({ line: no, sku, qty, price });

const change = {
  record: 'order',
  id: `S${recordPlace}`,
  data: {
    id: `S${recordPlace}`,
    order_number: `SO-${recordPlace}`,
    updated_at: timePlace.slice(1, -1),
    channel: 'web',
    store: 'store-shanghai-01',
    state: 'open',
    payment: 'paid',
    placed_at: '2026-11-23T05:00:00.000Z',
    paid_at: 1795410000000,
    currency: 'CNY',
    total: `1${amountPlace}.50`,
    subtotal: `1${amountPlace}.00`,
    shipping_fee: '0.50',
    ship_to: {
      name: '李雷',
      phone: '+8613800138000',
      country: 'CN',
      province: '广东省',
      city: '深圳市',
      district: '南山区',
      street: '科技园南区新街 9 号 A 座 1203 室',
      zip: '518057',
    },
    invoice: { title: '深圳市示例科技有限公司', tax_number: '91440300MA5DEMO00X' },
    note: 'Please leave the parcel with the front desk and ring twice; the gate code is on the delivery slip, and nobody is at home before noon',
    staff_note: `mark:${recordPlace}-${markPlace}`,
    items: [
      line('1', 'TEA-LONGJING-250G', quantityPlace.slice(1, -1), '250.00'),
      line('2', 'CUP-CELADON-SET-4', 1, '320.00'),
      line('3', 'GIFT-BOX-RED-L', 2, '18.50'),
    ],
  },
};

/** `mark` rises with every change that is sent, so that a sink can tell which state of a record it holds. */
export interface Marked {
  record: number;
  mark: number;
  timeMs: number;
}

const text = JSON.stringify(change)
  .replace(timePlace, timePlace.slice(1, -1))
  .replace(quantityPlace, quantityPlace.slice(1, -1));
const template = Buffer.from(text);
export const orderBytes = template.length;

const placesOf = (place: string): number[] => {
  const found: number[] = [];
  for (let at = template.indexOf(place); at >= 0; at = template.indexOf(place, at + 1)) found.push(at);
  return found;
};
const records = placesOf(recordPlace);
const marks = placesOf(markPlace);
const times = placesOf(timePlace.slice(1, -1));
const amounts = placesOf(amountPlace);
const quantities = [template.indexOf('"qty":QQQ') + '"qty":'.length];

export function putTemplate(into: Buffer, at: number): void {
  template.copy(into, at);
}

/** Turns the template at `at` into the order `record`, in a state that differs from the one before in three units. */
export function putOrder(into: Buffer, at: number, { record, mark, timeMs }: Marked): void {
  for (const place of records) putDigits(into, at + place, record, digits);
  for (const place of marks) putDigits(into, at + place, mark, digits);
  for (const place of times) putDigits(into, at + place, timeMs, 13);
  for (const place of amounts) putDigits(into, at + place, mark % 1000, amountPlace.length);
  for (const place of quantities) putDigits(into, at + place, 100 + (mark % 900), 3);
}

/** The whole change as text. */
export function orderText(order: Marked): string {
  const bytes = Buffer.from(template);
  putOrder(bytes, 0, order);
  return bytes.toString();
}

function putDigits(into: Buffer, at: number, value: number, width: number): void {
  let rest = value;
  for (let place = at + width - 1; place >= at; place--) {
    into[place] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

const markStart = Buffer.from('mark:');

/** Which order, in which state, a payload carries in whichever field its mapping put the note. */
export function readMark(payload: Buffer): { record: number; mark: number } | undefined {
  const at = payload.indexOf(markStart);
  if (at < 0) return undefined;
  const record = readDigits(payload, at + markStart.length);
  return { record, mark: readDigits(payload, at + markStart.length + digits + 1) };
}

function readDigits(from: Buffer, at: number): number {
  let value = 0;
  for (let place = at; place < at + digits; place++) value = value * 10 + (from[place] ?? 48) - 48;
  return value;
}
