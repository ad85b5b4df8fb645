// What the contract suite needs to know of a connector: how to set it up, a model of its vendor, and samples in its words.
import type { RequestHandler } from 'msw';
import type { Connector, Send, WebhookRequest } from '../../../src/connector/contract.ts';
import type { RecordType } from '../../../src/model/records.ts';

/** An object as the vendor keeps it. */
export interface Held {
  id: string;
  object: Readonly<Record<string, unknown>>;
}

/**
 * A small model of the vendor: it keeps what is written, pages, checks credentials and required fields, and refuses in
 * the vendor's own way. Tests look at what it holds, never at which calls arrived.
 */
export interface Vendor {
  handlers: RequestHandler[];
  /** Oldest first, without what was deleted. */
  held(record: RecordType): Held[];
  /** Its own users make an object, changed at this time (ms since 1970). @returns its id */
  add(record: RecordType, changedAt: number): string;
  /** Its own users change an object that is there. */
  touch(record: RecordType, id: string, changedAt: number): void;
  /** The access token that is in use is refused from now on. */
  revoke?(): void;
}

/** One payload, and what the vendor's object has after it was taken. */
export interface Sample {
  body: string;
  match?: Send['match'];
  holds: object;
}

/** A payload that the vendor refuses, and its own words for it. */
export interface Refused {
  op: 'create' | 'update';
  body: string;
  words: string;
}

/** Ways to say less than a value. What cannot be told apart in the vendor's words says why. */
export interface SparseValues {
  null: Sample | string;
  empty: Sample | string;
  /** Says nothing of a field that the object has; `holds` has the field as it was. */
  absent: Sample | string;
}

/** A real small server of what the vendor speaks, on this machine. */
export interface WireServer {
  port: number;
  close(): Promise<void>;
}

export interface WriteSamples {
  /** The object number n; a text says why objects of this type cannot be made. */
  create: ((n: number, vendor: Vendor) => Sample) | string;
  /** Changes an object that is there (made by {@link Vendor.add}); a text says why it is never changed. */
  update: ((id: string, vendor: Vendor) => Sample) | string;
  /** A text says why it refuses nothing of this type. */
  refused: Refused | ((id: string, vendor: Vendor) => Refused) | string;
  /** Why it cannot say that an object is not there. */
  missing?: string;
  sparse: SparseValues | ((id: string, vendor: Vendor) => SparseValues);
}

export interface PollFacts {
  /** A cursor that stands at a time; a text says why there is none. */
  cursorAt: ((ms: number) => string) | string;
  /** How far back it looks for what was committed late (ms); a text says why it need not. */
  overlapMs: number | string;
}

export interface WebhookSample {
  body: string;
  /** What {@link Connector.receive} makes of it. */
  becomes: object;
}

export interface WebhookFacts {
  secret: string;
  /** Says why there is no time in what the vendor signs; absent where there is one. */
  timeless?: string;
  /** Signs a body as the vendor does. @param at ms since 1970 */
  sign(body: string, secret: string, at: number): WebhookRequest;
  samples: readonly WebhookSample[];
}

export interface ReadFacts {
  /** The payload's members that are known of the object that {@link Vendor.add} made: null and empty ones among them. */
  shows(id: string, vendor: Vendor): object;
  /** Members that no mapping knows, and that come through; a text says why the system sends none. */
  extra: object | string;
  /** By which the object is found; a text says why objects of this type are not. */
  match: ((id: string, vendor: Vendor) => Send['match']) | string;
}

export interface ConnectorSubject {
  connector: Connector;
  /** It is reached without a socket: why no fault of one says anything of it, and where its own are proved. */
  noSocket?: string;
  /** Tells it from other configurations of the same connector, e.g. `natural key`. */
  configuration?: string;
  /** As `syncline.yaml` would have them, for a system at this address. */
  settings(url: string): object;
  /** The same with credentials that the vendor does not know; a text says why there are none. */
  wrongCredentials: ((url: string) => object) | string;
  /** @param now ms since 1970 */
  vendor(now: () => number): Vendor;
  /** Where the vendor does not speak HTTP: its handlers are none, and this serves the model instead. */
  serve?(vendor: Vendor): Promise<WireServer>;
  writes: Partial<Record<RecordType, WriteSamples>>;
  reads: Partial<Record<RecordType, ReadFacts>>;
  polls: Partial<Record<RecordType, PollFacts>>;
  /** A text says why there is nothing to sign. */
  webhook?: WebhookFacts | string;
  /** Texts of the settings that must be shown nowhere. */
  secrets: readonly string[];
  /** Texts of the samples that are personal: no log may hold them. */
  personal: readonly string[];
  /** How the system words a refusal over HTTP. */
  httpRefusal(words: string): string;
}

export const nameOf = ({ connector, configuration }: ConnectorSubject): string =>
  configuration === undefined ? connector.name : `${connector.name} (${configuration})`;
