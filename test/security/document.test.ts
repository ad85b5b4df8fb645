// docs/security.md names the tests that prove each defence: all of them exist, and nothing here is left out.
import { describe, expect, it } from 'vitest';
import { projectFiles, read } from '../architecture/sources.ts';

const text = read('docs/security.md');

interface Row {
  id: string;
  proofs: { file: string; test: string }[];
}

/** Rows whose last cell names tests: `file`: *test* · *another test of it*. */
const rows: Row[] = text
  .split('\n')
  .filter((line) => line.startsWith('| ') && line.includes('.test.ts`'))
  .map((line) => {
    const cells = line.split(' | ');
    return { id: (cells[0] ?? '').slice(2), proofs: proofsIn(cells.at(-1) ?? '') };
  });

function proofsIn(cell: string): Row['proofs'] {
  let file = '';
  return [...cell.matchAll(/`(test\/[^`]+)`|\*([^*]+)\*/g)].flatMap(([, path, test]) => {
    if (path !== undefined) file = path;
    return test === undefined ? [] : [{ file, test }];
  });
}

/** Titles of `it`, written in the source of a test as text in quotes. */
const titlesIn = (source: string): string[] =>
  [...source.matchAll(/(?:\bit|\]|\))\s*\(\s*(?:'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`([^`]*)`)\s*,/g)].map(
    ([, single, double, ticks]) => (single ?? double ?? ticks ?? '').replace(/\\(['"])/g, '$1'),
  );

describe('docs/security.md', () => {
  it.each(rows.map((row) => ({ ...row, name: row.id })))('names tests that exist for $name', ({ proofs }) => {
    expect(proofs.length).toBeGreaterThan(0);
    const missing = proofs.filter(
      ({ file, test }) => !projectFiles.includes(file) || !titlesIn(read(file)).includes(test),
    );
    expect(missing).toEqual([]);
  });

  it('has a row for each of the ten risks, and none twice', () => {
    const risks = rows.map(({ id }) => /^API\d+/.exec(id)?.[0]).filter((id) => id !== undefined);
    expect(risks).toEqual(Array.from({ length: 10 }, (_, index) => `API${index + 1}`));
  });

  it('has each item of the standard once, in order', () => {
    const items = rows.map(({ id }) => id).filter((id) => /^\d/.test(id));
    expect(items.length).toBeGreaterThan(25);
    const number = (id: string) => id.split('.').reduce((sum, part) => sum * 100 + Number(part), 0);
    expect(items).toEqual([...new Set(items)].sort((a, b) => number(a) - number(b)));
  });

  it('leaves out no file of test/security', () => {
    const files = projectFiles.filter((file) => /^test\/security\/.*\.test\.ts$/.test(file));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !text.includes(`\`${file}\``))).toEqual([]);
  });

  it('is held to it: a test that is not there is found', () => {
    const [proof] = proofsIn('`test/security/audit.test.ts`: *is for nobody*');
    expect(titlesIn(read(proof?.file ?? ''))).not.toContain(proof?.test);
    expect(titlesIn("it('a b', () => {});\nit.each([1])('c %s', () => {});\n])(\n  'd',\n  f)")).toEqual([
      'a b',
      'c %s',
      'd',
    ]);
  });
});
