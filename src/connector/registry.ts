// The connectors there are, by name, and what one can do with the settings of a system.
import { nearest } from '../model/nearest.ts';
import type { RecordType } from '../model/records.ts';
import type { Connector, FeedProfiles, Publishing, Verb } from './contract.ts';

export interface Registry {
  names: readonly string[];
  /** @throws Error with the name that was probably meant */
  get(name: string): Connector;
  /** @returns the name that is nearly this one, or undefined */
  meant(name: string): string | undefined;
}

/** @throws Error when two connectors have one name */
export function createRegistry(connectors: readonly Connector[]): Registry {
  const byName = new Map<string, Connector>();
  for (const connector of connectors) {
    if (byName.has(connector.name)) throw new Error(`two connectors are named "${connector.name}"`);
    byName.set(connector.name, connector);
  }
  const names = [...byName.keys()].sort();
  const meant = (name: string): string | undefined => nearest(name, names);
  return {
    names,
    meant,
    get: (name) => {
      const found = byName.get(name);
      if (found) return found;
      const close = meant(name);
      const hint = close === undefined ? `known: ${names.join(', ')}` : `did you mean "${close}"?`;
      throw new Error(`unknown connector "${name}"; ${hint}`);
    },
  };
}

/** A stream is told of changes as they are: nothing is mapped for it. */
export const isMapped = ({ connector }: { connector: Connector }): boolean => connector.publish === undefined;

/** What a system can be asked for: plain data, for the parts of the hub that never meet a connector. */
export interface Abilities {
  pulls: boolean;
  writes: RecordType[] | 'all';
  deletes: RecordType[] | 'all';
  /** Types whose update sends the whole object. */
  whole: RecordType[] | 'all';
  fetches: RecordType[];
  lists: RecordType[];
  repeatSafe: 'idempotency-key' | 'natural-key' | 'no';
  polls: { record: RecordType; everyMs: number }[];
  /** Types of which it can be asked so; `update`: by changing one. */
  verbs: Record<Verb | 'update', RecordType[]>;
  /** Absent: it is no stream. */
  publishes?: Publishing;
  /** Absent: it has no feed, or none as CSV and XML. */
  profiles?: FeedProfiles;
}

const verbs = ['ask', 'hold', 'cancel', 'transition'] as const;

/** @param settings as read by the connector's schema */
export function abilities(connector: Connector, settings: unknown): Abilities {
  const writes = connector.pulls ? 'all' : (connector.records?.(settings) ?? []);
  const publishes = connector.publishes?.(settings);
  const profiles = connector.profiles?.(settings);
  const answers = (verb: Verb) => (connector[verb] ? (connector.answers?.(settings, verb) ?? []) : []);
  return {
    pulls: connector.pulls === true,
    writes,
    deletes: connector.pulls ? 'all' : (connector.deletes?.(settings) ?? []),
    // A feed serves a record as it is: its reader may have missed what came before.
    whole: writes === 'all' ? 'all' : writes.filter((record) => connector.writeStyle?.(settings, record) === 'whole'),
    fetches: connector.fetches?.(settings) ?? [],
    lists: connector.lists?.(settings) ?? [],
    repeatSafe: connector.repeatSafe?.(settings) ?? 'idempotency-key',
    polls: connector.polls?.(settings) ?? [],
    verbs: {
      ...(Object.fromEntries(verbs.map((verb) => [verb, answers(verb)])) as Record<Verb, RecordType[]>),
      update:
        writes === 'all' || !connector.push
          ? []
          : (connector.updates?.(settings) ?? writes.filter((record) => !answers('cancel').includes(record))),
    },
    ...(publishes && { publishes }),
    ...(profiles && { profiles }),
  };
}
