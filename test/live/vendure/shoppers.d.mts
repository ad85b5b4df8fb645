// Types of shoppers.mjs.
export interface ShopAccess {
  url: string;
  admin: { username: string; password: string };
  /** `postgres://…` of the shop's own database. */
  database: string;
}

export interface Placing {
  quantity?: number;
  email?: string;
  /** Members of the shipping address. */
  to?: object;
  sku?: string;
}

export interface Shoppers {
  close(): Promise<void>;
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  asAdmin<T = { id: string }>(query: string, variables?: object): Promise<T>;
  place(placing?: Placing): Promise<{ id: string; code: string; state: string }>;
  empty(): Promise<void>;
  held(record: string): Promise<({ id: string } & Record<string, unknown>)[]>;
  addOrder(at: string): Promise<string>;
  addCustomer(at: string, emailAddress: string): Promise<string>;
  fulfil(orderId: string): Promise<string>;
  touch(record: string, id: string, at: string): Promise<void>;
  revoke(username: string): Promise<void>;
  transitionOrder(id: string, state: string): Promise<{ state: string }>;
  transitionFulfillment(id: string, state: string): Promise<{ state: string }>;
}

export function open(access: ShopAccess): Promise<Shoppers>;
