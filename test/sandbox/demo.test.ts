// The demo's own parts: a claim is waited for and fails loudly, and its configuration is syncline.yaml on free ports.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import { settings as httpSettings } from '../../connectors/http/settings.ts';
import { sandboxSettings, writeConfiguration } from '../../sandbox/demo/configuration.ts';
import { createNarrator, StepFailed } from '../../sandbox/demo/narrator.ts';
import { routingConfiguration } from '../../sandbox/demo/routing-story.ts';
import { vendureConfiguration } from '../../sandbox/demo/vendure-story.ts';
import { openShell } from '../cli/shell.ts';
import { quickClock } from './quick-clock.ts';

interface Configuration {
  listen: string;
  database: string;
  mappings: string;
  systems: Record<string, { connector: string; settings?: { url: string }; delivery?: object; breaker?: object }>;
}

describe('a claim', () => {
  const stage = (json = false) => {
    const lines: string[] = [];
    const clock = quickClock(0);
    return { lines, clock, narrator: createNarrator({ clock, json, write: (line) => void lines.push(line) }) };
  };

  it('is looked at until it is so', async () => {
    const { lines, narrator } = stage();
    let looks = 0;
    await narrator.see('it came', () => ({ holds: ++looks === 3, seen: `look ${looks}` }));
    expect(lines).toEqual(['  0.04 s  ✓ it came: look 3']);
  });

  it('that does not come true says what was expected and what was seen', async () => {
    const { lines, clock, narrator } = stage();
    const never = narrator.see('it came', () => ({ holds: false, seen: 'nothing' }), 1000);
    await expect(never).rejects.toThrow(new StepFailed('it came', 'nothing'));
    expect(clock.time).toBe(1000);
    expect(lines.join('\n')).toMatch(/✗ it came\n +expected: it came\n +seen: +nothing\n +waited: +1 s/);
  });

  it('outlives a hub that does not answer yet', async () => {
    const { narrator, lines } = stage();
    let looks = 0;
    await narrator.see('it answers', () => {
      if (++looks < 2) throw new Error('connection refused');
      return { holds: true, seen: '' };
    });
    expect(lines).toEqual(['  0.02 s  ✓ it answers']);
  });

  it('is one line of JSON on demand', async () => {
    const { narrator, lines } = stage(true);
    narrator.heading('1. Once');
    await narrator.see('it came', () => ({ holds: true, seen: 'it' }));
    await expect(narrator.see('never', () => ({ holds: false, seen: 'no' }), 0)).rejects.toThrow(StepFailed);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { at: 0, kind: 'heading', text: '1. Once' },
      { at: 0, kind: 'step', text: 'it came', seen: 'it' },
      { at: 0, kind: 'failed', text: 'never', expected: 'never', seen: 'no' },
    ]);
  });
});

describe('syncline.yaml', () => {
  const source = readFileSync('syncline.yaml', 'utf8');
  const configuration = parse(source) as Configuration;

  it('has settings that the http connector takes', () => {
    const pushed = Object.entries(configuration.systems).filter(([, { connector }]) => connector === 'http');
    expect(pushed.map(([id]) => id)).toEqual(['shop', 'crm', 'wms']);
    for (const [, { settings }] of pushed) expect(httpSettings.safeParse(settings).error).toBeUndefined();
  });

  it('names the ports and secrets that the sandbox uses', () => {
    expect(['shop', 'crm', 'wms'].map((id) => sandboxSettings(id as 'shop').port)).toEqual([9001, 9002, 9003]);
    expect(sandboxSettings('wms')).toMatchObject({
      token: 'sandbox-wms-token',
      secret: expect.stringMatching(/^whsec_/),
    });
  });

  it('needs nothing of the environment', () => {
    const written = source.replace(/#.*$/gm, '');
    expect(written).not.toContain('${');
  });
});

describe('the configuration of the demo', () => {
  const folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const write = (change: () => void): Configuration => {
    const file = writeConfiguration({ folder, urls: { wms: 'http://127.0.0.1:1234' } }, change);
    return parse(readFileSync(file, 'utf8')) as Configuration;
  };

  it('is syncline.yaml with free ports and a database that is thrown away', () => {
    const { listen, database, mappings, systems } = write(() => undefined);
    expect({ listen, database, mappings }).toEqual({
      listen: '127.0.0.1:0',
      database: 'sqlite:syncline.db',
      mappings: join(process.cwd(), 'mappings'),
    });
    expect(Object.keys(systems)).toEqual(['shop', 'crm', 'wms', 'erp']);
    expect(systems.wms).toMatchObject({ settings: { url: 'http://127.0.0.1:1234' }, breaker: { cooldown: '300ms' } });
  });
});

describe('the second story', () => {
  it('has the recorded shop in place of the shop and the CRM', () => {
    const document = parseDocument(readFileSync('syncline.yaml', 'utf8'));
    vendureConfiguration(document);
    const { systems } = document.toJS() as Configuration;
    expect(Object.keys(systems)).toEqual(['wms', 'erp', 'vendure']);
    expect(httpSettings.safeParse(systems.vendure?.settings).error).toBeUndefined();
  });
});

describe('the third story', () => {
  it('decides by the shipped policy, whose effects all arrive in a system', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'syncline-story-'));
    const file = writeConfiguration({ folder, urls: {} }, routingConfiguration);
    const { code, out } = await openShell().syncline('check', '--config', file);
    rmSync(folder, { recursive: true });
    expect(code).toBe(0);
    expect(out).toMatch(/, 1 policy, \d+ warnings, no faults\n$/);
    expect(out).not.toMatch(/^warning: .*routing\.yaml/m);
  });
});
