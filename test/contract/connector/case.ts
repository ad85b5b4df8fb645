// One requirement of the contract: whom it is for, and how it is proved.
import type { Abilities } from '../../../src/connector/registry.ts';
import type { Scene } from './scene.ts';
import type { ConnectorSubject } from './subject.ts';

export interface Asked {
  subject: ConnectorSubject;
  abilities: Abilities;
}

export interface Case {
  /** Its name in the report. */
  id: string;
  title: string;
  /** @returns why it is not asked of this connector, or undefined */
  notFor(asked: Asked): string | undefined;
  prove(scene: Scene): Promise<void>;
}

const pulls = 'it is polled: the hub serves its feed, no request goes out';

export const reaches = ({ abilities }: Asked): string | undefined => (abilities.pulls ? pulls : undefined);

export const writes = (asked: Asked): string | undefined =>
  reaches(asked) ?? ((asked.abilities.writes as string[]).length === 0 ? writesNothing(asked) : undefined);

const writesNothing = ({ abilities }: Asked): string =>
  abilities.publishes
    ? 'it keeps no copies: what it publishes has test/contract/publish.contract.ts'
    : 'it writes nothing';

export function creates(asked: Asked): string | undefined {
  const reasons = Object.values(asked.subject.writes).map(({ create }) => create);
  return writes(asked) ?? reasonOfAll(reasons);
}

export function updates(asked: Asked): string | undefined {
  return writes(asked) ?? reasonOfAll(Object.values(asked.subject.writes).map(({ update }) => update));
}

/** What can happen on a socket only: no answer, half of one, a connection that is cut. */
export const overSocket = (asked: Asked): string | undefined => reaches(asked) ?? asked.subject.noSocket;

/** What only HTTP has: status codes and headers. */
export const speaksHttp = (asked: Asked): string | undefined =>
  overSocket(asked) ?? (asked.subject.serve ? 'it does not speak HTTP' : undefined);

/** @returns the reasons, where there is nothing but reasons */
export const reasonOfAll = (facts: readonly unknown[]): string | undefined =>
  facts.every((fact) => typeof fact === 'string') ? [...new Set(facts)].join('; ') : undefined;
