import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { connectors } from '../../connectors/index.ts';
import type { Connector } from '../../src/connector/contract.ts';
import { connectorCases } from '../contract/connector/cases.ts';
import { type Report, readReports } from '../contract/connector/report.ts';

const root = new URL('../../connectors/', import.meta.url);
const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const codeLimit = 400;

/** What a protocol needs that is not HTTP: one well-kept library, and nobody else uses it. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  kafka: ['kafkajs'],
  nats: ['@nats-io/jetstream', '@nats-io/transport-node'],
  qimen: ['fast-xml-parser'],
  sftp: ['csv-parse', 'csv-stringify', 'iconv-lite', 'ssh2-sftp-client'],
  smtp: ['nodemailer'],
};

const isLibrary = (path: string, name: string): boolean =>
  (libraries[name] ?? []).some((library) => path === library || path.startsWith(`${library}/`));

const operationsOf = ({ operations }: Connector) => (operations === 'configured' ? [] : operations);

const reportsOf = (name: string): Report[] => readReports().filter(({ connector }) => connector === name);

/** Documents are data in another language (GraphQL), as mappings are. */
const sources = (folder: string): string[] =>
  readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && file !== 'documents.ts')
    .map((file) => readFileSync(new URL(`${folder}/${file}`, root), 'utf8'));

describe('connectors', () => {
  it('are listed, every folder and nothing else', () => {
    expect(connectors.map(({ name }) => name).sort()).toEqual(folders.map(({ name }) => name).sort());
  });

  it.each(folders.map(({ name }) => name))('%s use the kit, the model and themselves only', (name) => {
    const imports = sources(name).flatMap((text) => [...text.matchAll(/from '([^']+)'/g)].map(([, path = '']) => path));
    const foreign = imports.filter(
      (path) =>
        !/^(zod|node:[\w/]+|\.\/[\w-]+\.ts|\.\.\/\.\.\/src\/(connector|model)\/[\w-]+\.ts)$/.test(path) &&
        !isLibrary(path, name),
    );
    expect(imports.length).toBeGreaterThan(0);
    expect(foreign).toEqual([]);
  });

  it.each(folders.map(({ name }) => name))('%s stay small', (name) => {
    const code = sources(name).flatMap((text) => text.split('\n').filter((line) => !/^\s*(\/\/|\/?\*|$)/.test(line)));
    expect(code.length).toBeLessThanOrEqual(codeLimit);
  });

  it.each(connectors.map(({ name }) => name))('%s keep the contract', (name) => {
    const suite = readFileSync(`test/connectors/${name}/contract.test.ts`, 'utf8');
    expect(suite).toContain(`from '../../../connectors/${name}/index.ts'`);
    expect(suite).toMatch(/^(for .*)?\s*connectorContract\(/m);
    const reports = reportsOf(name);
    expect(reports.length).toBeGreaterThan(0);
    expect(reports.flatMap(({ cases }) => Object.keys(cases))).toEqual(
      reports.flatMap(() => connectorCases.map(({ id }) => id)),
    );
  });

  it('call recorded what their recording shows', () => {
    const recorded = connectors.flatMap(operationsOf).filter(({ link }) => link.endsWith('/recorded.json'));
    const unseen = recorded.filter(({ name, link }) => {
      const [what = ''] = name.replace('model.*.', '').split(' ');
      return !readFileSync(link, 'utf8').includes(what);
    });
    expect(recorded.length).toBeGreaterThan(0);
    expect(unseen).toEqual([]);
  });

  it('have a report each, and no report is left of one that is gone', () => {
    const names = connectors.map(({ name }) => name);
    expect(readReports().filter(({ connector }) => !names.includes(connector))).toEqual([]);
  });

  it.each(folders.map(({ name }) => name))('%s take neither clock, chance nor environment of their own', (name) => {
    expect(sources(name).join('\n')).not.toMatch(/Date\.now|Math\.random|process\.|setTimeout|\bfetch\('http/);
  });
});
