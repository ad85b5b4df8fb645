// One run: a hub between systems that misbehave, and that much befalls; its history is what the judge reads.
import type { Talk } from './ask.ts';
import { type Chance, createChance } from './chance.ts';
import { Crm } from './crm.ts';
import { countsNow, deadLettersNow, lagNow, objectsOf, recordsOf, untilQuiet, wholeStream } from './ending.ts';
import { type Arrival, type History, pause, Recorder } from './history.ts';
import type { Addresses, Hub } from './hub.ts';
import { commitWithinMs } from './judge/sends.ts';
import { createMisbehaviour, type Misbehaviour } from './misbehaviour.ts';
import { killed } from './nemesis/kills.ts';
import type { Scene } from './nemesis/moments.ts';
import { Operator } from './operator.ts';
import { openOrderSystem } from './order-system.ts';
import { Poller } from './poller.ts';
import { ShopWriter } from './shop.ts';
import { StreamReader } from './stream-reader.ts';

export interface Run<H extends Hub> {
  /** Makes the plan: who writes what, what goes wrong, what befalls the hub. */
  seed: string;
  open(addresses: Addresses): H;
  /** What befalls the hub; it is up again when this resolves. */
  befall(scene: Scene<H>, talk: Talk, chance: Chance): Promise<void>;
  /** How much more often than usual the systems do something wrong. */
  misbehaviour?: number;
  /** After the faults have ended. */
  quietWithinMs?: number;
}

const writers = 4;
/** Until the systems were sent enough to ask for a wait; on a busy machine that is long. */
const longestMs = 180_000;
/** Of each system. */
const leastWaits = 3;

export async function crashRun<H extends Hub>(run: Run<H>): Promise<History> {
  const giveUp = new AbortController();
  const closing: (() => unknown)[] = [];
  try {
    return await runWith(run, giveUp.signal, closing);
  } finally {
    giveUp.abort();
    for (const close of closing.reverse()) await close();
  }
}

async function runWith<H extends Hub>(
  { seed, open, befall, misbehaviour = 1, quietWithinMs = 60_000 }: Run<H>,
  signal: AbortSignal,
  closing: (() => unknown)[],
): Promise<History> {
  const chance = createChance(seed);
  const recorder = new Recorder();
  const faults = {
    crm: createMisbehaviour(chance.branch('crm'), misbehaviour),
    wms: createMisbehaviour(chance.branch('wms'), misbehaviour),
  };
  const wms = await openOrderSystem({ name: 'wms', knowsKeys: false, misbehaviour: faults.wms, recorder });
  closing.push(() => wms.close());
  let opened: H | undefined;
  const talk: Talk = {
    recorder,
    signal,
    get hub() {
      if (!opened) throw new Error('there is no hub yet');
      return opened;
    },
  };
  const crm = new Crm(talk, chance.branch('crm people'));
  const url = await crm.open(faults.crm);
  closing.push(() => crm.close());
  // Nothing is sent to the shop.
  const hub = open({ shop: 'http://127.0.0.1:9', crm: url, wms: wms.url });
  opened = hub;
  closing.push(() => hub.kill());

  const shop = Array.from({ length: writers }, (_, index) => {
    const name = String.fromCharCode(65 + index);
    return new ShopWriter(talk, chance.branch(`shop ${name}`), name);
  });
  const poller = new Poller(talk, chance.branch('poller'));
  const reader = new StreamReader(talk, chance.branch('reader'));
  const operator = new Operator(talk, chance.branch('operator'));
  const burst = (): void => {
    for (const writer of shop) writer.burst();
  };

  hub.start();
  const asking = Promise.all([...shop, crm, operator].map((one) => one.run()));
  const listening = Promise.all([poller.run(), reader.run()]);
  await unlessThey(befall({ hub, recorder, burst }, talk, chance.branch('nemesis')), asking, listening);

  await unlessThey(toldToWait(faults, recorder), asking, listening);
  for (const one of [...shop, crm, operator]) one.stop();
  for (const fault of Object.values(faults)) fault.stop();
  poller.calm();
  crm.calm();
  await unlessThey(asking, listening);
  await unlessThey(
    untilQuiet(talk, () => crm.waiting === 0, quietWithinMs),
    listening,
  );
  poller.stop();
  reader.stop();
  await listening;

  const { end } = recorder.history;
  end.countsBefore = await countsNow(talk);
  await killed({ hub, recorder }, 'at last');
  hub.start();
  end.counts = await countsNow(talk);
  end.lag = await lagNow(talk);
  end.deadLetters = await deadLettersNow(talk);
  end.stream = await wholeStream(talk);
  // Anything else that the stream tells of, such as a task, the judge sees there.
  const orders = end.stream.map(({ subject }) => subject).filter((id) => id.startsWith('ord_'));
  end.records = await recordsOf(talk, [...new Set(orders)]);
  end.objects = objectsOf({ crm: crm.objects, wms: wms.objects }, poller.book);
  return recorder.history;
}

/**
 * Near an end of the hub, and while it is disturbed, nobody knows whether it has heard of a wait: when there is no more of
 * that, both systems ask for some, until each has asked in answer to a write.
 */
async function toldToWait(faults: Record<'crm' | 'wms', Misbehaviour>, { history, now }: Recorder): Promise<void> {
  const ends = [...history.kills.map(({ at }) => at), ...history.disturbed.map(({ to }) => to)];
  const since = Math.max(...ends) + commitWithinMs;
  while (now() <= since) await pause(20);
  const before = history.arrivals.length;
  const until = now() + longestMs;
  await Promise.all(
    (['crm', 'wms'] as const).map(async (system) => {
      const heard = (): Arrival[] =>
        history.arrivals.slice(before).filter((one) => one.system === system && one.answered === 429);
      const isEnough = (): boolean => heard().filter(({ method }) => method !== 'GET').length >= leastWaits;
      for (let asked = 0; !isEnough() && now() < until; ) {
        // A question may have got the answer that was meant for a write.
        for (; asked < heard().length + leastWaits; asked += 1)
          faults[system].insist({ kind: 'status', status: 429, retryAfterS: 1 });
        await pause(20);
      }
    }),
  );
}

/** Waits for the first; the others only end it by failing. */
async function unlessThey<T>(first: Promise<T>, ...others: Promise<unknown>[]): Promise<T> {
  const failures = others.map((other) => other.then(() => new Promise<never>(() => undefined)));
  return Promise.race([first, ...failures]);
}
