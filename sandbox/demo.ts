// npm run demo: starts the hub and four systems, tells a story with times, and checks every sentence of it.
import { parseArgs } from 'node:util';
import type { Document } from 'yaml';
import { systemClock } from '../src/clock.ts';
import { tellMainStory } from './demo/main-story.ts';
import { createNarrator, type Narrator, StepFailed } from './demo/narrator.ts';
import { returnsConfiguration, tellReturnsStory } from './demo/returns-story.ts';
import { routingConfiguration, tellRoutingStory } from './demo/routing-story.ts';
import { closeSystems, connect, demoKeys, type Stage, setStage, startSystems } from './demo/stage.ts';
import { tellVendureStory, vendureConfiguration } from './demo/vendure-story.ts';

const help = `npm run demo -- [options]

Starts the hub and four small systems (shop, CRM, WMS, ERP) on free ports and tells a story with them. Every line
with ✓ was looked at in the systems themselves; one that does not come true within 10 seconds ends the demo with 1.

  --story main      an order, an address change, an outage, a duplicate, a refused edit (default)
  --story routing   a paid order is pushed once, and one under risk review stops
  --story returns   a return is refunded first, the fifth goes to a person, a breaker opens
  --story vendure   payloads recorded from a real shop
  --once            end after the story, with exit code 0; without it the systems go on running
  --json            one JSON object per line
  --systems         only the four systems, on the ports of syncline.yaml, for a hub that you start yourself
  --help            this text`;

const options = {
  story: { type: 'string', default: 'main' },
  once: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  systems: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

interface Story {
  configure(document: Document): void;
  tell(stage: Stage, narrator: Narrator): Promise<void>;
}

const stories: Readonly<Record<string, Story>> = {
  main: { configure: () => undefined, tell: tellMainStory },
  routing: { configure: routingConfiguration, tell: tellRoutingStory },
  returns: { configure: returnsConfiguration, tell: tellReturnsStory },
  vendure: { configure: vendureConfiguration, tell: tellVendureStory },
};

const print = (line: string): void => console.log(line);

/** Resolves at Ctrl-C or SIGTERM. */
const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });

async function demo(): Promise<number> {
  const { values } = parseArgs({ options });
  if (values.help) {
    print(help);
    return 0;
  }
  const story = Object.hasOwn(stories, values.story) ? stories[values.story] : undefined;
  if (!story) throw new Error(`there is no story "${values.story}"; known: ${Object.keys(stories).join(', ')}`);
  const narrator = createNarrator({ clock: systemClock, json: values.json, write: print });
  if (values.systems) return runSystems(narrator);
  return runStory(story, values.once, narrator);
}

async function runStory(story: Story, once: boolean, narrator: Narrator): Promise<number> {
  narrator.say('starting four systems and the hub');
  const stage = await setStage(story.configure);
  try {
    narrator.say(`the hub listens at ${stage.url}`);
    await story.tell(stage, narrator);
    if (!once) {
      sayWhereToLook(stage, narrator);
      await interrupted();
    }
    return await end(stage, narrator);
  } catch (error) {
    const complaints = stage.process.complaints();
    if (complaints.length > 0) console.error(`\nwhat the hub complained of:\n${complaints.join('\n')}`);
    throw error;
  } finally {
    await stage.close();
  }
}

async function end(stage: Stage, narrator: Narrator): Promise<number> {
  narrator.heading('The end');
  const code = await stage.process.stop();
  await narrator.see('the hub stops cleanly', () => ({ holds: code === 0, seen: `exit code ${code}` }), 0);
  return 0;
}

function sayWhereToLook({ url, shop, crm, wms, erp }: Stage, narrator: Narrator): void {
  const hub = url.replace('://', `://ops:${demoKeys.ops}@`);
  narrator.heading('Everything goes on running. Where to look (Ctrl-C ends it):');
  narrator.say(`hub      ${hub}/docs`);
  for (const path of ['/v1/systems', '/v1/lag', '/metrics']) narrator.say(`         ${hub}${path}`);
  narrator.say(`shop     ${shop.url}/_all`);
  narrator.say(`CRM      ${crm.url}/_all`);
  narrator.say(`WMS      ${wms.url}/_all`);
  narrator.say(`ERP      ${erp.url}/_all`);
  narrator.say(`edit     curl -X POST ${erp.url}/_edit/bills/<FID> -d '{"FAllAmount":"2.00"}'`);
  narrator.say(`faults   curl -X POST ${wms.url}/_faults -d '{"kind":"down"}'   and curl -X DELETE ${wms.url}/_faults`);
}

async function runSystems(narrator: Narrator): Promise<number> {
  const systems = await startSystems({ fixedPorts: true, erpPollsEveryMs: 1_000 });
  connect(systems, 'http://127.0.0.1:8080');
  const { shop, crm, wms, erp } = systems;
  narrator.say(`shop ${shop.url}, CRM ${crm.url}, WMS ${wms.url}, ERP ${erp.url}`);
  narrator.say('start the hub with: node dist/src/main.js serve --config syncline.yaml   (Ctrl-C ends the systems)');
  await interrupted();
  await closeSystems(systems);
  return 0;
}

try {
  process.exitCode = await demo();
} catch (error) {
  if (!(error instanceof StepFailed)) console.error((error as Error).message);
  process.exitCode = 1;
}
process.exit();
