// syncline new connector: writes a connector that works, with its mapping, a model of its system, tests and README.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { exitCodes, Failure, WrongUsage } from './failure.ts';
import { answer, type Common, type Io, remark } from './io.ts';

export type NewOptions = Pick<Common, 'json'>;

const nameForm = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const list = 'connectors/index.ts';

/** Each folder of `scaffold/`, and where its files go. */
const places = { connector: 'connectors', mapping: 'mappings', test: 'test/connectors' };

export async function newConnector(name: string, options: NewOptions, io: Io): Promise<number> {
  if (!nameForm.test(name)) throw new WrongUsage(`"${name}" is no name for a connector; write it like parcel-tracker`);
  const file = (path: string): string => join(io.folder, path);
  if (!existsSync(file(list)) || !existsSync(file('scaffold')))
    throw new Failure(`${io.folder} is no checkout of Syncline: there is no ${list} and scaffold/ in it`);
  const files = Object.entries(places).flatMap(([from, to]) => scaffolded(join('scaffold', from), `${to}/${name}`, io));
  refuseWord(name, files);
  const taken = files.filter(({ path }) => existsSync(file(path)));
  if (taken.length > 0) throw new Failure(`${taken.map(({ path }) => path).join(', ')} is there already`);
  for (const { path, text } of files) {
    mkdirSync(dirname(file(path)), { recursive: true });
    writeFileSync(file(path), named(text, name));
  }
  writeFileSync(file(list), listedIn(readFileSync(file(list), 'utf8'), name));
  const written = [...files.map(({ path }) => path), list];
  answer(io, options, { files: written }, written);
  remark(io, options, `next: npx vitest run test/connectors/${name}, then make connectors/${name}/index.ts true`);
  return exitCodes.ok;
}

interface Scaffolded {
  path: string;
  text: string;
}

/** Texts of a scaffold end in `.txt`, so that nothing takes them for code of the hub. */
const scaffolded = (from: string, to: string, io: Io): Scaffolded[] =>
  readdirSync(join(io.folder, from)).map((name) => ({
    path: `${to}/${basename(name, '.txt')}`,
    text: readFileSync(join(io.folder, from, name), 'utf8'),
  }));

const camelOf = (name: string): string => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

const named = (text: string, name: string): string =>
  text.replaceAll('__name__', name).replaceAll('__camel__', camelOf(name));

const keywords =
  /^(break|case|catch|class|default|delete|do|else|enum|for|if|in|let|new|null|super|this|try|var|void|while)$/;

/** The connector is a constant of that name, beside what its file declares. */
function refuseWord(name: string, files: readonly Scaffolded[]): void {
  const isUsed = files.some(({ text }) => new RegExp(`\\b${camelOf(name)}\\b`).test(text));
  if (isUsed || keywords.test(name))
    throw new WrongUsage(`"${name}" means something else in the code of a connector; choose another name`);
}

const importLine = /^import \{ \w+ \} from '\.\/[\w-]+\/index\.ts';$/;

/** One more import and one more name, both in their order. */
function listedIn(text: string, name: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => importLine.test(line));
  const imports = lines.filter((line) => importLine.test(line));
  const others = lines.filter((line) => !importLine.test(line));
  const added = [...imports, `import { ${camelOf(name)} } from './${name}/index.ts';`].sort(byPath);
  const whole = [...others.slice(0, first), ...added, ...others.slice(first)].join('\n');
  return whole.replace(/= \[([\w,\s]+)\]/, (_, names: string) => listOf([...names.split(','), camelOf(name)]));
}

/** A name a line, as the formatter has a list that is longer than one. */
const listOf = (names: readonly string[]): string => {
  const lines = names.map((name) => name.trim()).filter((name) => name !== '');
  return `= [\n${lines.map((name) => `  ${name},\n`).join('')}]`;
};

const byPath = (a: string, b: string): number => {
  const [left = '', right = ''] = [a, b].map((line) => line.replace(/.* from /, ''));
  return left < right ? -1 : 1;
};
