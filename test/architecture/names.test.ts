// A file's name says its job; these names say that nobody knew it.
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFiles } from './sources.ts';

const code = projectFiles.filter((file) => /\.(ts|tsx|mjs|cjs)$/.test(file));
const empty = /(^|[-./])(utils?|helpers?|managers?|services?|common|misc|shared|stuff)(?=[-./]|$)/;

describe('file names', () => {
  it('say a job: no utils, helpers, manager, service or common', () => {
    expect(code.length).toBeGreaterThan(100);
    expect(code.filter((file) => empty.test(file))).toEqual([]);
  });

  it('are in kebab-case', () => {
    const odd = code.filter((file) => !/^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/.test(basename(file)));
    expect(odd).toEqual([]);
  });

  it.each(['src/utils.ts', 'src/http/helpers/a.ts', 'src/replica-manager.ts', 'src/common/a.ts'])(
    'would not pass as %s',
    (file) => {
      expect(empty.test(file)).toBe(true);
    },
  );
});
