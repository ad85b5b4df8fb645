// What the models of chats have in common: they keep what was told, and take so many messages a minute.
import type { Vendor } from '../contract/connector/subject.ts';

export interface Told {
  at: number;
  message: Record<string, unknown>;
}

export interface Chat {
  vendor: Omit<Vendor, 'handlers'>;
  tell(message: Record<string, unknown>): void;
  /** Messages of the last minute. */
  recent(): number;
}

export function openChat(now: () => number): Chat {
  const told: Told[] = [];
  const tell = (message: Record<string, unknown>, at = now()): void => void told.push({ at, message });
  return {
    tell,
    recent: () => told.filter(({ at }) => at > now() - 60_000).length,
    vendor: {
      held: () => told.map(({ message }, index) => ({ id: String(index), object: message })),
      add: (_, at) => {
        tell({ said: 'by somebody in the chat' }, at);
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
