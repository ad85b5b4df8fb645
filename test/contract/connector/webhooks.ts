// A webhook counts only with the bytes that were signed, by one who knows the secret, within these five minutes.
import { expect } from 'vitest';
import type { Received, WebhookRequest } from '../../../src/connector/contract.ts';
import { testNow } from '../../connectors/connect.ts';
import type { Asked, Case } from './case.ts';
import { failureOf, type Scene } from './scene.ts';
import type { WebhookFacts } from './subject.ts';

const receives = ({ subject }: Asked): string | undefined => {
  if (!subject.connector.receive) return 'it takes no webhooks';
  if (typeof subject.webhook === 'string') return subject.webhook;
  return subject.webhook ? undefined : 'no webhook is configured';
};

const factsOf = ({ subject }: Pick<Scene, 'subject'>): WebhookFacts => {
  if (!subject.webhook || typeof subject.webhook === 'string') throw new Error('no webhook is configured');
  return subject.webhook;
};

const receive = ({ connection }: Scene, request: WebhookRequest): Promise<Received> => {
  const received = connection.connector.receive?.(request, connection.context());
  if (!received) throw new Error('it takes no webhooks');
  return received;
};

async function takesWhatIsSigned(scene: Scene): Promise<void> {
  const { samples, sign, secret } = factsOf(scene);
  for (const { body, becomes } of samples)
    expect(await receive(scene, sign(body, secret, testNow))).toMatchObject(becomes);
}

/** @param spoil makes of a good request one that must not count */
const refuses =
  (spoil: (facts: WebhookFacts, body: string) => WebhookRequest[]) =>
  async (scene: Scene): Promise<void> => {
    const facts = factsOf(scene);
    for (const { body } of facts.samples)
      for (const request of spoil(facts, body))
        expect(await failureOf(receive(scene, request))).toMatchObject({ kind: 'unauthorized' });
  };

const fiveMinutesAndMore = 301_000;

/** One byte, at the beginning, in the middle, at the end; and one more. */
function alteredBytes({ sign, secret }: WebhookFacts, body: string): WebhookRequest[] {
  const good = sign(body, secret, testNow);
  const places = [0, Math.floor(good.body.length / 2), good.body.length - 1];
  const altered = places.map((place) => {
    const bytes = Buffer.from(good.body);
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    return { ...good, body: bytes };
  });
  return [...altered, { ...good, body: Buffer.concat([good.body, Buffer.from(' ')]) }];
}

const webhookCase = (id: string, title: string, prove: Case['prove']): Case => ({
  id,
  title,
  notFor: receives,
  prove,
});

export const webhooks: Case[] = [
  webhookCase('webhook', 'a webhook that is well signed is read', takesWhatIsSigned),
  webhookCase('webhook_altered', 'a signature over other bytes is refused', refuses(alteredBytes)),
  {
    id: 'webhook_old',
    title: 'an old timestamp is refused, and one of the future',
    notFor: (asked) => receives(asked) ?? factsOf(asked).timeless,
    prove: refuses(({ sign, secret }, body) =>
      [-fiveMinutesAndMore, fiveMinutesAndMore].map((shift) => sign(body, secret, testNow + shift)),
    ),
  },
  webhookCase(
    'webhook_stranger',
    'another secret, and none at all, are refused',
    refuses(({ sign }, body) => [
      sign(body, 'whsec_YW5vdGhlciBzZWNyZXQgZW50aXJlbHk=', testNow),
      { headers: {}, body: Buffer.from(body) },
    ]),
  ),
];
