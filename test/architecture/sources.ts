// The project's own files, for the tests that read them.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Everything that git tracks or would track: a new file is judged before it is added. */
export const projectFiles: readonly string[] = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
  { cwd: root, encoding: 'utf8' },
)
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(root, file)));

export const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const textOrComment = /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/** Comments may speak of what the code may not do; lines stay where they are. */
export const withoutComments = (source: string): string =>
  source.replace(textOrComment, (found, text?: string) => text ?? found.replace(/[^\n]/g, ' '));

/** `file:line` of every match of `pattern` in the code of `files`. */
export function places(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) => {
    const lines = withoutComments(read(file)).split('\n');
    return lines.flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}  ${line.trim()}`] : []));
  });
}
