// What the pushed-to systems of the sandbox share: a front door, a webhook sender, faults.
import { type Clock, systemClock } from '../src/clock.ts';
import type { Arrival, Routes } from './exchange.ts';
import { createFaults, type Faults } from './faults.ts';
import { openDoor } from './front-door.ts';
import { createWebhookSender, type Hub, type Sent, type WebhookSender } from './webhook-sender.ts';

export interface SystemOptions {
  /** 0 or absent: any free port. */
  port?: number | undefined;
  /** Where its webhooks go; can be said later with `connect`. */
  hub?: Hub | undefined;
  clock?: Clock;
  /** In [0, 1), for faults that strike a share of the requests. */
  random?: () => number;
  /** Bearer token that it asks for; absent: everyone is let in. */
  token?: string | undefined;
}

export interface RunningSystem {
  url: string;
  faults: Faults;
  /** Everything it was asked, oldest first. */
  arrivals: Arrival[];
  /** Every webhook it sent. */
  sent: Sent[];
  connect(hub: Hub): void;
  close(): Promise<void>;
}

export interface Foundation {
  clock: Clock;
  faults: Faults;
  webhooks: WebhookSender;
  open(routes: Routes): Promise<RunningSystem>;
}

/** @param name the system's id at the hub */
export function layFoundation(name: string, options: SystemOptions): Foundation {
  const { clock = systemClock, random = Math.random, port, token, hub } = options;
  const faults = createFaults(random);
  const webhooks = createWebhookSender({ system: name, clock, faults, random });
  if (hub) webhooks.connect(hub);
  return {
    clock,
    faults,
    webhooks,
    open: async (routes) => {
      const door = await openDoor({ routes, faults, clock, port, token });
      return {
        url: door.url,
        faults,
        arrivals: door.arrivals,
        sent: webhooks.sent,
        connect: webhooks.connect,
        close: () => {
          webhooks.close();
          return door.close();
        },
      };
    },
  };
}
