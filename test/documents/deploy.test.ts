// deploy/ as far as it can be looked at without an engine to run it: its parts fit each other, and no secret stands in it.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { read } from '../architecture/sources.ts';

interface Service {
  build?: string;
  image?: string;
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
}

const text = read('deploy/compose.yaml');
const { services, volumes } = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const hubs = Object.entries(services).filter(([, { build }]) => build !== undefined);
const hubConfig = read('deploy/syncline.yaml');

describe('deploy/compose.yaml', () => {
  it('starts two processes of this program over one database, behind a proxy that knows both', () => {
    expect(hubs.map(([name]) => name)).toEqual(['one', 'two']);
    const proxied = /reverse_proxy (.+) \{/.exec(read('deploy/Caddyfile'))?.[1]?.split(' ');
    expect(proxied).toEqual(hubs.map(([name]) => `${name}:8080`));
    expect(parse(hubConfig).database).toMatch(/@database:5432\//);
    expect(parse(hubConfig).listen).toBe('0.0.0.0:8080');
  });

  it('waits for what each service needs, by its health', () => {
    for (const { depends_on = {} } of Object.values(services))
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect(services[name]?.healthcheck?.test.length).toBeGreaterThan(1);
        expect(condition).toBe('service_healthy');
      }
    for (const [, { depends_on }] of hubs) expect(depends_on).toHaveProperty('database');
  });

  it('takes every secret from the environment, and refuses to start without', () => {
    const asked = new Set([...text.matchAll(/\$\{(\w+)(:\?)?/g)].map(([, name, must]) => `${name}${must ?? ''}`));
    expect([...asked].sort()).toEqual(['DB_PASSWORD:?', 'PORT', 'SYNCLINE_KEYS:?']);
    const example = read('deploy/.env.example');
    for (const name of ['DB_PASSWORD', 'SYNCLINE_KEYS', 'PORT']) expect(example).toMatch(new RegExp(`^${name}=`, 'm'));
    expect(example).not.toMatch(/^(DB_PASSWORD|SYNCLINE_KEYS)=.*\w=?\w{4,}$/m);
    const [, { environment = {} }] = hubs[0] as [string, Service];
    for (const [, name] of hubConfig.matchAll(/\$\{(\w+)\}/g)) expect(environment).toHaveProperty(name ?? '');
  });

  it('opens no port but that of the proxy, to this machine only, and mounts what is there', () => {
    const opened = Object.entries(services).filter(([, { ports }]) => ports !== undefined);
    expect(opened.map(([name]) => name)).toEqual(['proxy']);
    for (const port of opened.flatMap(([, { ports = [] }]) => ports)) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const mount of Object.values(services).flatMap((service) => service.volumes ?? [])) {
      const [from = ''] = mount.split(':');
      if (from.startsWith('./')) expect(read(`deploy/${from.slice(2)}`).length).toBeGreaterThan(0);
      else expect(volumes).toHaveProperty(from);
    }
  });
});
