// What happened in a run, in the order of one counter; the judge reads nothing else.
import { EventEmitter } from 'node:events';
import { systemClock } from '../../src/clock.ts';

export type Copyist = 'crm' | 'wms' | 'erp';
export const copyists: readonly Copyist[] = ['crm', 'wms', 'erp'];

/** An order in no system's words; what is not said is absent. */
export interface Words {
  number?: string;
  note?: string;
  /** Minor units. */
  amount?: number;
  quantity?: number;
  staffNote?: string;
}

export interface Result {
  status: string;
  id?: string;
  version?: number;
  seq?: string;
  applied?: string[];
  refused?: { unit: string; reason: string }[];
  repeated?: true;
}

export interface Reply {
  tick: number;
  httpStatus: number;
  /** Undefined where the whole request was refused. */
  result: Result | undefined;
}

/** A change that somebody asked the hub for. */
export interface Asked {
  by: 'shop' | 'crm';
  key: string;
  number: string;
  /** `forbidden`: the hub has to refuse what it says. `echo`: says nothing new. */
  what: 'value' | 'forbidden' | 'echo';
  /** The version that it sets. */
  version: number;
  note?: string;
  /** What the CRM sent, where it cannot be told from the version. */
  body?: string;
  sentTick: number;
  /** The first answer; undefined if none came before the run ended. */
  reply: Reply | undefined;
  /** Further answers to the same key and bytes. */
  again: Reply[];
}

/** A request that a system received whole. */
export interface Arrival {
  tick: number;
  /** ms since 1970. */
  at: number;
  system: 'crm' | 'wms';
  method: string;
  path: string;
  key: string | undefined;
  text: string;
  said: Words;
  /** The system did as it was told. */
  applied: boolean;
  /** `nothing`: the connection was cut or held. */
  answered: number | 'nothing';
  retryAfterMs?: number;
  /** What the object says afterwards, where it was applied. */
  after?: Words;
  objectId?: string;
}

export interface FeedItem {
  id: string;
  externalId: string | null;
  op: string;
  seq: string;
  said: Words;
  text: string;
}

export type FeedEvent =
  | { kind: 'page'; tick: number; after: string | null; next: string; items: FeedItem[] }
  /** The hub has said that it knows: the poller has this state. */
  | { kind: 'acknowledged'; tick: number; id: string; seq: string }
  | { kind: 'rejected'; tick: number; id: string; seq: string };

export interface StreamEvent {
  id: string;
  source: string;
  type: string;
  subject: string;
  recordversion: number;
  data: Record<string, { old: unknown; new: unknown }>;
}

export interface StreamPage {
  tick: number;
  after: string | null;
  next: string;
  events: StreamEvent[];
  /** False: the reader crashed before it used the page. */
  kept: boolean;
}

export interface Counts {
  system: string;
  state: string;
  lagSeconds: number;
  replicas: Record<string, number>;
}

/** What everybody holds once all is quiet. */
export interface End {
  objects: { system: Copyist; objectId: string; said: Words }[];
  records: { id: string; version: number; said: Words; text: string }[];
  deadLetters: { system: string; recordId: string; kind: string }[];
  counts: Counts[];
  /** `/v1/lag`: all that waits, and the longest wait. */
  lag: { system: string; waiting: number; lagSeconds: number }[];
  /** Taken before the last kill. */
  countsBefore: Counts[];
  /** The stream read again from its beginning. */
  stream: StreamEvent[];
}

export interface History {
  asked: Asked[];
  arrivals: Arrival[];
  feed: FeedEvent[];
  stream: StreamPage[];
  /** Ticks and times (ms since 1970) of the hub's ends, and which they were. */
  kills: { tick: number; at: number; what: string }[];
  /** What it had to live through otherwise, from when to when. */
  disturbed: { tick: number; from: number; to: number; what: string }[];
  /** What the hub should never do: 500s, ending by itself. */
  oddities: string[];
  /** Answers of the hub, whichever. */
  answers: number;
  end: End;
}

export type Moment = 'asked' | 'replied' | 'arrived' | 'answered' | 'page' | 'replayed';

/** Takes the history down, and tells of moments at which it is interesting to kill. */
export class Recorder {
  readonly history: History = {
    asked: [],
    arrivals: [],
    feed: [],
    stream: [],
    kills: [],
    disturbed: [],
    oddities: [],
    answers: 0,
    end: { objects: [], records: [], deadLetters: [], counts: [], lag: [], countsBefore: [], stream: [] },
  };
  readonly moments = new EventEmitter<Record<Moment, []>>();
  #tick = 0;

  tick(): number {
    return ++this.#tick;
  }

  now(): number {
    return systemClock.now();
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve));
