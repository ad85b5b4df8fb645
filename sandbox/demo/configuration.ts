// The demo's configuration: syncline.yaml as it stands, with free ports, a folder that is thrown away, and short waits.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { projectRoot } from './root.ts';

/** A minute's outage has to be told in seconds. */
const quick = {
  delivery: {
    concurrency: 8,
    timeout: '5s',
    attempts: 50,
    maxAge: '1h',
    backoff: { first: '100ms', factor: 2, max: '500ms' },
  },
  breaker: { window: '10s', minimum: 3, failures: '50%', cooldown: '300ms' },
};

export interface DemoConfiguration {
  /** Where the file and the database go. */
  folder: string;
  /** Address of each pushed-to system. */
  urls: Readonly<Record<string, string>>;
}

/** What syncline.yaml says of the sandbox: ports, tokens and webhook secrets. */
export interface SandboxSettings {
  port: number;
  token: string;
  secret: string;
}

const read = (): Document => parseDocument(readFileSync(join(projectRoot, 'syncline.yaml'), 'utf8'));

export function sandboxSettings(system: 'shop' | 'crm' | 'wms'): SandboxSettings {
  const at = (...path: string[]): string => String(read().getIn(['systems', system, 'settings', ...path]));
  return { port: Number(new URL(at('url')).port), token: at('auth', 'bearer'), secret: at('webhook', 'secret') };
}

/** @returns the file */
export function writeConfiguration({ folder, urls }: DemoConfiguration, change: (document: Document) => void): string {
  const document = read();
  document.set('listen', '127.0.0.1:0');
  document.set('database', 'sqlite:syncline.db');
  document.set('mappings', join(projectRoot, 'mappings'));
  for (const [system, url] of Object.entries(urls)) {
    document.setIn(['systems', system, 'settings', 'url'], url);
    document.setIn(['systems', system, 'delivery'], quick.delivery);
    document.setIn(['systems', system, 'breaker'], quick.breaker);
  }
  change(document);
  const file = join(folder, 'syncline.yaml');
  writeFileSync(file, document.toString());
  return file;
}
