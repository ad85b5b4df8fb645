// What is printed is what is proved: one statement after the other, and no word of the command line is a statement.
import { describe, expect, it } from 'vitest';
import { changelogStatements } from '../../connectors/changelog/documents.ts';
import { changelogSql } from '../../src/cli/changelog-sql.ts';
import type { Io } from '../../src/cli/io.ts';

async function print(options: Partial<Parameters<typeof changelogSql>[0]>): Promise<string> {
  const written: string[] = [];
  const io = { stdout: (text: string) => void written.push(text) } as Io;
  const all = { dialect: 'postgres', table: 'orders', key: 'id', columns: ['order_no', 'note'], ...options };
  expect(await changelogSql(all, io)).toBe(0);
  return written.join('');
}

describe('changelog-sql', () => {
  it.each(['postgres', 'mysql', 'sqlite'] as const)('prints every statement for %s', async (dialect) => {
    const text = await print({ dialect });
    const statements = changelogStatements({ dialect, table: 'orders', key: 'id', columns: ['order_no', 'note'] });
    for (const one of statements) expect(text).toContain(one);
    expect(JSON.parse(await print({ dialect, json: true }))).toEqual({ dialect, table: 'orders', statements });
    if (dialect === 'mysql') expect(text).toMatch(/DELIMITER \/\/[\s\S]*DELIMITER ;/);
  });

  it('refuses what is no name, and names every fault', async () => {
    const wrong = { dialect: 'oracle', table: 'orders; DROP TABLE x', columns: ['a', "b'"] };
    await expect(print(wrong)).rejects.toThrow(/--dialect oracle.*--columns b'/s);
    await expect(print({ table: 'legacy.orders' })).resolves.toContain('"legacy"."orders_changelog"');
    await expect(print({ dialect: 'sqlite', table: 'main.orders' })).rejects.toThrow('take no schema');
    await expect(print({ table: 'a b', key: 'a.b', columns: ['a "; DROP', 'x.y'] })).rejects.toThrow(
      /--table a b: .*--key a\.b: .*--columns a "; DROP: .*--columns x\.y: /,
    );
    await expect(print({ columns: [' '] })).rejects.toThrow('names none');
  });
});
