// What the outside decides (settings, time, chance) enters in few named places and is handed on from there.
import { describe, expect, it } from 'vitest';
import { places, projectFiles, withoutComments } from './sources.ts';

const shipped = projectFiles.filter((file) => /^(src|connectors)\/.*\.tsx?$/.test(file));

interface HandedIn {
  what: string;
  pattern: RegExp;
  allowed: RegExp;
  why: string;
}

const rules: HandedIn[] = [
  {
    what: 'the environment',
    pattern: /\bprocess\s*(\.\s*env\b|\[\s*['"]env)|\benv\b.*from 'node:process'/,
    allowed: /^src\/(main|config[^/]*)\.ts$/,
    why: 'a setting read elsewhere is in no check of the configuration, and two hubs in one test would share it',
  },
  {
    what: 'the time of day',
    pattern: /\bDate\.now\b|\bnew Date\s*(\(\s*\)|;|$)|\bTemporal\.Now\b/,
    allowed: /^src\/(clock|main)\.ts$/,
    why: 'logic that reads the clock can only be tested by waiting, and decides differently when it is replayed',
  },
  {
    what: 'chance',
    pattern: /\bMath\.random\b/,
    allowed: /^src\/(clock|main)\.ts$/,
    why: 'a jitter that nobody hands in cannot be held still by a test',
  },
];

describe.each(rules)('$what', ({ pattern, allowed, why }) => {
  it(`is read in its own places only: ${why}`, () => {
    const others = shipped.filter((file) => !allowed.test(file));
    expect(others.length).toBeGreaterThan(50);
    expect(places(others, pattern)).toEqual([]);
  });
});

describe('the scan', () => {
  const sins = [
    'process.env.PORT',
    "process['env']",
    'Date.now()',
    'new Date()',
    'Temporal.Now.instant()',
    'Math.random()',
  ];

  it.each(sins)('sees %s in code, not in a comment', (sin) => {
    const caught = (source: string) => rules.some(({ pattern }) => pattern.test(withoutComments(source)));
    expect(caught(`const url = 'http://a'; const a = ${sin};`)).toBe(true);
    expect(caught(`// never ${sin} here`)).toBe(false);
    expect(caught(`/** not\n * ${sin} */ const a = new Date(0);`)).toBe(false);
  });
});
