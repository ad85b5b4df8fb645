// What the models of chats have in common: they keep what was told, and take so many messages a minute.
import type { Vendor } from '../contract/connector/subject.ts';

export interface Told {
  at: number;
  /** A key of the sender's, where it came with one. */
  key?: string | undefined;
  message: Record<string, unknown>;
}

export interface Chat {
  vendor: Omit<Vendor, 'handlers'>;
  /** What comes with a key that is known is not said again. */
  tell(message: Record<string, unknown>, key?: string): void;
  /** Messages of the last minute. */
  recent(): number;
}

export function openChat(now: () => number): Chat {
  const told: Told[] = [];
  const add = (one: Told): void => void told.push(one);
  return {
    tell: (message, key) => {
      if (key === undefined || !told.some((one) => one.key === key)) add({ at: now(), message, key });
    },
    recent: () => told.filter(({ at }) => at > now() - 60_000).length,
    vendor: {
      held: () => told.map(({ message, key }, index) => ({ id: key ?? String(index), object: message })),
      add: (_, at) => {
        add({ at, message: { said: 'by somebody in the chat' } });
        return String(told.length - 1);
      },
      touch: () => undefined,
    },
  };
}

/** Chats know no ids, no updates, no questions. */
export const tellsOnly = {
  update: 'what was told stays told',
  sparse: { null: 'it is never changed', empty: 'it is never changed', absent: 'it is never changed' },
} as const;
