// Sends a system's webhooks to the hub as a real sender does: signed (Standard Webhooks), in order, again until they are taken.
import { createHmac } from 'node:crypto';
import type { Clock } from '../src/clock.ts';
import type { Faults } from './faults.ts';

export interface Hub {
  url: string;
  /** `whsec_…`, known to both sides. */
  secret: string;
}

/** The body of `POST /v1/systems/{system}/changes`. */
export interface Change {
  record: string;
  id: string;
  op?: 'delete';
  data?: unknown;
}

export interface Sent {
  webhookId: string;
  change: Change;
  /** Status of every answer, 0 where none came. */
  answers: number[];
  /** False: the hub refused it for good. */
  taken: boolean;
}

export interface WebhookSender {
  sent: Sent[];
  connect(hub: Hub): void;
  /** @returns undefined where no hub is connected: then nobody is told */
  send(change: Change): Promise<Sent | undefined>;
  close(): void;
}

interface SenderOptions {
  system: string;
  clock: Clock;
  faults: Faults;
  random: () => number;
}

const firstRetryMs = 100;
const longestRetryMs = 2_000;

export function createWebhookSender({ system, clock, faults, random }: SenderOptions): WebhookSender {
  const sent: Sent[] = [];
  const stopped = new AbortController();
  const post = createPosting(system, clock, stopped.signal);
  let hub: Hub | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function deliver(to: Hub, one: Sent): Promise<Sent> {
    const body = JSON.stringify(one.change);
    const copies = faults.copies();
    for (let copy = 0; copy < copies; copy++) await post(to, one, body);
    return one;
  }
  return {
    sent,
    connect: (to) => {
      hub = to;
    },
    send: (change) => {
      const to = hub;
      if (!to) return Promise.resolve(undefined);
      const webhookId = `msg_${system}_${clock.now().toString(36)}_${Math.floor(random() * 2 ** 48).toString(36)}`;
      const one: Sent = { webhookId, change, answers: [], taken: false };
      sent.push(one);
      const done = last.then(() => deliver(to, one));
      last = done;
      return done;
    },
    close: () => stopped.abort(),
  };
}

/** Sends one message until it is taken or refused for good; every try is signed anew. */
function createPosting(system: string, clock: Clock, stopped: AbortSignal) {
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = clock.after(ms, resolve);
      const stop = (): void => {
        cancel();
        resolve();
      };
      stopped.addEventListener('abort', stop, { once: true });
    });

  async function once(to: Hub, id: string, body: string): Promise<number> {
    const signed = sign({ id, body, secret: to.secret, seconds: Math.floor(clock.now() / 1000) });
    const headers = { 'content-type': 'application/json', ...signed };
    try {
      const answer = await fetch(`${to.url}/v1/webhooks/${system}`, { method: 'POST', headers, body, signal: stopped });
      await answer.arrayBuffer();
      return answer.status;
    } catch {
      return 0;
    }
  }

  return async (to: Hub, one: Sent, body: string): Promise<void> => {
    for (let retryMs = firstRetryMs; !stopped.aborted; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
      const status = await once(to, one.webhookId, body);
      one.answers.push(status);
      one.taken = status >= 200 && status < 300;
      if (one.taken || isFinal(status)) return;
      await wait(retryMs);
    }
  };
}

/** What would be answered the same however often it is sent. */
const isFinal = (status: number): boolean => status >= 400 && status < 500 && status !== 408 && status !== 429;

interface ToSign {
  id: string;
  body: string;
  secret: string;
  seconds: number;
}

function sign({ id, body, secret, seconds }: ToSign): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${mac}` };
}
