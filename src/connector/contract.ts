// What a connector is: a plain object. Having a method is the capability; it never retries and keeps no state.
import type { z } from 'zod';
import type { RecordType } from '../model/records.ts';
import type { Credentials } from './auth.ts';
import type { HttpClient } from './http.ts';

export { ConnectorError, type ConnectorErrorKind } from './error.ts';

export interface ConnectorContext<S = unknown> {
  /** The system's id in `syncline.yaml`. */
  system: string;
  settings: S;
  http: HttpClient;
  /** Over a whole exchange, for what is not HTTP: the HTTP client keeps it by itself. */
  timeoutMs: number;
  /** ms since 1970. */
  now(): number;
  /** Aborted when the hub stops: what is under way ends at once. */
  signal?: AbortSignal;
}

/** One payload to bring to the system. Everything in it was stored before; a repeat carries the same key and bytes. */
export interface Send {
  op: 'create' | 'update' | 'delete';
  record: RecordType;
  recordId: string;
  /** The system's own id; always there for an update or delete. */
  externalId?: string;
  /** Idempotency key, printable ASCII. */
  key: string;
  /** JSON text to send byte for byte; it must not be parsed and rendered again. */
  body: string;
  /** Canonical fields that identify the record, for a look-up where the id is not known. */
  match: { field: string; value: string }[];
  traceparent?: string;
  /** The same bytes may have been sent under this key before. */
  repeat: boolean;
}

export interface Pushed {
  /** The system's id, known after every create. */
  externalId?: string;
  status: number;
}

/** What can be pushed together; every other operation goes one by one. */
export interface BatchLimit {
  /** Most sends of one `pushMany`; at least 2. */
  size: number;
  operations: readonly Send['op'][];
}

export type PushResult = { pushed: Pushed } | { error: Error };

/** One change that a system reported. Without `data` and `op` it is reference-only: fetched before it is read. */
export interface InboundChange {
  record: RecordType;
  /** The system's id. */
  id?: string;
  op?: 'upsert' | 'delete';
  /** RFC 3339. */
  at?: string;
  /** Makes a repeat recognisable. */
  key?: string;
  /** The payload as JSON text, as it came where that is possible. */
  data?: string;
}

export interface WebhookRequest {
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The bytes as they came: what a signature is about. */
  body: Uint8Array;
}

/** `raw`: verified text that is itself a body of POST /v1/systems/{system}/changes, to be read where the store is. */
export type Received = ({ changes: InboundChange[] } | { raw: string }) & {
  /** The webhook's own id: the same one again is taken once. */
  dedupeId?: string;
};

export interface PollRequest {
  record: RecordType;
  /** What the poll before answered; undefined for the first one. */
  cursor: string | undefined;
  now: number;
}

export interface Polled {
  items: InboundChange[];
  /** To be stored with the items in one commit. */
  cursor: string | undefined;
  /** Ask again at once. */
  more: boolean;
}

export interface Listed {
  items: { id?: string; data: string }[];
  cursor: string | undefined;
  more: boolean;
}

export type Reference =
  | { record: RecordType; externalId: string }
  | { record: RecordType; match: { field: string; value: string }[] };

/** A question about one object: may it be changed, held, cancelled, moved on. */
export interface Question {
  record: RecordType;
  externalId: string;
  key: string;
  /** JSON text that belongs to the question, e.g. the proposed payload. */
  body?: string;
  traceparent?: string;
  /** The question was put before and answered `pending`: only look, do not ask twice. */
  again: boolean;
}

export type Verdict = 'yes' | 'no' | 'pending';

export type Verb = 'ask' | 'hold' | 'cancel' | 'transition';

/** Where it is known from that an operation works as it is used here, the best first. */
export const operationSources = ['recorded', 'vendor_spec', 'vendor_package', 'third_party', 'assumed'] as const;

export type OperationSource = (typeof operationSources)[number];

/** One thing that a connector does with its system. */
export interface Operation {
  /** As the system names it, e.g. `addFulfillmentToOrder`, `GET /orders`. */
  name: string;
  does: 'read' | 'write';
  source: OperationSource;
  /** Absolute URL, or a file of this repository. */
  link: string;
}

/** One change of the stream, ready to leave; a repeat carries the same id and the same bytes. */
export interface StreamEvent {
  /** `<epoch>:<position>`: of no other event. */
  id: string;
  record: RecordType;
  recordId: string;
  op: 'created' | 'updated' | 'deleted';
  /** Where the change came from: a system, `console`, `policy`, `hub`. */
  source: string;
  /** A CloudEvent as JSON text, to be sent byte for byte. */
  body: string;
  traceparent?: string;
}

/** How far it came. */
export interface Published {
  /** So many from the first on were acknowledged by the broker, which keeps them. */
  taken: number;
  /** Why the next one was not; of the rest nothing is said. Absent when all were taken. */
  error?: Error;
}

/** What a stream is told. */
export interface Publishing {
  records: RecordType[] | 'all';
  /** False: it is masked. */
  personalData: boolean;
}

export type Charset = 'utf-8' | 'windows-1252' | 'gb18030';

/** The dialect of a system that polls. */
export interface FeedProfiles {
  csv: {
    delimiter: string;
    charset: Charset;
    /** A byte order mark at the start. */
    bom: boolean;
    /** Decimal sign of numbers. */
    decimal: '.' | ',';
    lineEnd: 'crlf' | 'lf';
    header: boolean;
    /** One row a record with its lines as JSON in a cell, or one row a line. */
    rows: 'record' | 'line';
    /** Cells that a spreadsheet would run are disarmed. */
    spreadsheetSafe: boolean;
  };
  xml: { charset: Charset };
}

export interface Connector<S extends z.ZodType = z.ZodType> {
  /** Folder name under `connectors/`. */
  name: string;
  /** One line for the docs and `syncline new`. */
  title: string;
  /** Secret members are marked by `secret()`; masking, redaction and docs follow the mark. */
  settings: S;
  /**
   * Everything that it does with its system. `configured`: the settings say what that is. An `assumed` write needs
   * `unverified: true` in the settings; so does their schema.
   */
  operations: readonly Operation[] | 'configured';
  /** The system polls us: its replicas are served by a feed. Excludes `push`. */
  pulls?: true;
  /** How its feed is written where it asks for CSV or XML; without it, there is neither. With `pulls`. */
  profiles?(settings: z.output<S>): FeedProfiles;
  /** How requests prove who we are; the HTTP client does it. */
  credentials?(settings: z.output<S>): Credentials;

  // What it can do with these settings.
  /** Types that it can write. With `push`. */
  records?(settings: z.output<S>): RecordType[];
  /** Whether an update sends the whole object (PUT) or a merge patch (PATCH). With `push`. */
  writeStyle?(settings: z.output<S>, record: RecordType): 'whole' | 'changes';
  /** What makes a repeated create harmless. With `push`. */
  repeatSafe?(settings: z.output<S>): 'idempotency-key' | 'natural-key' | 'no';
  /** How many sends of one type and one of these operations it takes together. With `pushMany`. */
  batches?(settings: z.output<S>): BatchLimit;
  /** Types that it can delete; none where absent. */
  deletes?(settings: z.output<S>): RecordType[];
  /** Types that it can read one by one. With `fetch`. */
  fetches?(settings: z.output<S>): RecordType[];
  /** Types that are polled, and how often. With `poll`. */
  polls?(settings: z.output<S>): { record: RecordType; everyMs: number }[];
  /** Types that can be paged through. With `list`. */
  lists?(settings: z.output<S>): RecordType[];
  /**
   * Types that it changes once they are there, and refuses to change once that comes too late: there an update can be put as
   * a question. Absent: all that it writes and cannot cancel.
   */
  updates?(settings: z.output<S>): RecordType[];
  /** Types that a verb works on. With each of the verbs. */
  answers?(settings: z.output<S>, verb: Verb): RecordType[];
  /** What it is told of the change stream. With `publish`. */
  publishes?(settings: z.output<S>): Publishing;

  // Doing it. Every failure is a ConnectorError.
  push?(send: Send, context: ConnectorContext<z.output<S>>): Promise<Pushed>;
  /**
   * Sends of one type and operation, at most `batches.size`. Answers in their order; one that fails fails alone, and of what
   * nobody knows whether it arrived each one says so.
   */
  pushMany?(sends: Send[], context: ConnectorContext<z.output<S>>): Promise<PushResult[]>;
  /** @throws ConnectorError unauthorized (bad signature), invalid (unreadable), not_found (no webhook settings) */
  receive?(request: WebhookRequest, context: ConnectorContext<z.output<S>>): Promise<Received>;
  poll?(request: PollRequest, context: ConnectorContext<z.output<S>>): Promise<Polled>;
  /**
   * Hands events to a broker, in their order: none is handed over before the one before it was acknowledged, where the two
   * could change places. Excludes `push` and `pulls`: a stream is no replica.
   */
  publish?(events: readonly StreamEvent[], context: ConnectorContext<z.output<S>>): Promise<Published>;
  /** The payload's text; undefined when the system does not know it. */
  fetch?(reference: Reference, context: ConnectorContext<z.output<S>>): Promise<string | undefined>;
  /** The system's id of the one object with these values; undefined when there is none. */
  find?(reference: Reference & { match: unknown }, context: ConnectorContext<z.output<S>>): Promise<string | undefined>;
  list?(
    request: { record: RecordType; cursor: string | undefined },
    context: ConnectorContext<z.output<S>>,
  ): Promise<Listed>;
  /** Resolves when the system can be reached and takes our credentials. */
  check?(context: ConnectorContext<z.output<S>>): Promise<void>;
  ask?(question: Question, context: ConnectorContext<z.output<S>>): Promise<Verdict>;
  hold?(question: Question, context: ConnectorContext<z.output<S>>): Promise<Verdict>;
  cancel?(question: Question, context: ConnectorContext<z.output<S>>): Promise<Verdict>;
  transition?(
    question: Question & { from: string; to: string },
    context: ConnectorContext<z.output<S>>,
  ): Promise<Verdict>;
}
