// One run: a hub between systems that misbehave, killed again and again; its history is what the judge reads.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Talk } from './ask.ts';
import { createChance } from './chance.ts';
import { Crm } from './crm.ts';
import { countsNow, deadLettersNow, lagNow, objectsOf, recordsOf, untilQuiet, wholeStream } from './ending.ts';
import { type History, Recorder } from './history.ts';
import { HubProcess } from './hub-process.ts';
import { createMisbehaviour } from './misbehaviour.ts';
import { kill, killAndStart } from './nemesis.ts';
import { Operator } from './operator.ts';
import { openOrderSystem } from './order-system.ts';
import { Poller } from './poller.ts';
import { ShopWriter } from './shop.ts';
import { StreamReader } from './stream-reader.ts';

export interface RunOptions {
  /** Makes the plan: who writes what, what goes wrong, when the hub is killed. */
  seed: string;
  kills: number;
}

const writers = 4;
/** After the faults have ended. */
const quietWithinMs = 30_000;

export async function crashRun({ seed, kills }: RunOptions): Promise<History> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-crash-'));
  const giveUp = new AbortController();
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    return await runIn(folder, { seed, kills }, giveUp, closing);
  } finally {
    giveUp.abort();
    for (const close of closing.reverse()) await close();
  }
}

async function runIn(
  folder: string,
  { seed, kills }: RunOptions,
  giveUp: AbortController,
  closing: (() => unknown)[],
): Promise<History> {
  const chance = createChance(seed);
  const recorder = new Recorder();
  const faults = { crm: createMisbehaviour(chance.branch('crm')), wms: createMisbehaviour(chance.branch('wms')) };
  const wms = await openOrderSystem({ name: 'wms', knowsKeys: false, misbehaviour: faults.wms, recorder });
  const env: Record<string, string> = {
    CRASH_DATABASE: `sqlite:${join(folder, 'hub.db')}`,
    // Nothing is sent to the shop.
    CRASH_SHOP: 'http://127.0.0.1:9',
    CRASH_WMS: wms.url,
  };
  const hub = new HubProcess(env);
  const talk: Talk = { hub, recorder, signal: giveUp.signal };
  const crm = new Crm(talk, chance.branch('crm people'));
  env.CRASH_CRM = await crm.open(faults.crm);
  closing.push(
    () => wms.close(),
    () => crm.close(),
    () => hub.kill(),
  );

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
  await unlessThey(kill(kills, { hub, recorder, burst }, chance.branch('nemesis')), asking, listening);

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
  await killAndStart({ hub, recorder });
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

/** Waits for the first; the others only end it by failing. */
async function unlessThey<T>(first: Promise<T>, ...others: Promise<unknown>[]): Promise<T> {
  const failures = others.map((other) => other.then(() => new Promise<never>(() => undefined)));
  return Promise.race([first, ...failures]);
}
