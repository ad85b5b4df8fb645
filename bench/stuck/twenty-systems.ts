// A hub with twenty receiving systems, whose times are twenty times shorter than the usual ones: three minutes of it are an hour.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Contender, hub } from '../measure/contenders.ts';
import { fromProject } from '../measure/project.ts';
import { startServer } from '../measure/server.ts';

export const timesFaster = 20;

const shorter = (seconds: number): string => `${Math.round((seconds * 1000) / timesFaster)}ms`;

/** What docs/configuration.md says as defaults, in less time. */
const delivery = {
  timeout: shorter(10),
  maxAge: shorter(3 * 86_400),
  backoff: { first: shorter(1), max: shorter(600) },
};
const breaker = { window: shorter(30), cooldown: shorter(5) };

/**
 * @param urls of every receiving system; the first three are those that are measured
 * @param newDatabase `postgres://…`; else a file beside its configuration
 */
export function hubOfMany(urls: readonly string[], newDatabase?: () => Promise<string>): Contender {
  return {
    name: 'hub',
    path: hub.path,
    start: async (folder) => {
      const config = join(folder, 'syncline.yaml');
      mkdirSync(folder, { recursive: true });
      writeFileSync(config, stringify(document(urls, (await newDatabase?.()) ?? `sqlite:${join(folder, 'hub.db')}`)));
      copyMappings(join(folder, 'mappings'), urls.length);
      return startServer({ args: [fromProject('dist/src/main.js'), 'serve', '--config', config] });
    },
  };
}

const nameOf = (no: number): string => `system-${no + 1}`;

function document(urls: readonly string[], database: string): object {
  const [first = ''] = urls;
  const receiving = urls.map((url, no) => [nameOf(no), receiver(url)]);
  return {
    listen: '127.0.0.1:0',
    database,
    systems: {
      shop: { role: 'order', connector: 'http', settings: { url: first } },
      ...Object.fromEntries(receiving),
    },
    mappings: 'mappings',
  };
}

const receiver = (url: string): object => ({
  ...{ role: 'wms', connector: 'http', delivery, breaker },
  settings: { url, records: { order: { create: 'POST /orders', update: 'PUT /orders/{id}', id: 'id' } } },
});

function copyMappings(to: string, systems: number): void {
  const from = fromProject('bench/hub/mappings');
  const copy = (name: string, as: string) => cpSync(join(from, name), join(to, as), { recursive: true });
  copy('order.merge.yaml', 'order.merge.yaml');
  copy('shop', 'shop');
  for (let no = 0; no < systems; no++) copy('wms', nameOf(no));
}
