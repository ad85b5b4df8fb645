// The configuration as it is written: YAML, with variables of the environment put in.
import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import { type ConfigFault, placeOf } from './config-fault.ts';
import { isTree, put } from './model/own.ts';

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface Source {
  tree: unknown;
  faults: ConfigFault[];
  /** Places whose text lacks a variable: what is said of them would only be a consequence. */
  incomplete: string[];
}

/** @returns no tree when the file cannot be read or is no YAML */
export async function readSource(file: string, env: Environment): Promise<Source> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error);
  if (typeof text !== 'string') return unreadable([{ path: '', message: whyNot(text) }]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    return unreadable(
      document.errors.map(({ pos, message }) => ({ path: `line ${lines.linePos(pos[0]).line}`, message })),
    );
  }
  try {
    return expand(document.toJS(), env);
  } catch (error) {
    return unreadable([{ path: '', message: (error as Error).message }]);
  }
}

const unreadable = (faults: ConfigFault[]): Source => ({ tree: undefined, faults, incomplete: [] });

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such file; name another with --config <file>';
  if (code === 'EISDIR') return 'is a folder; name the file in it with --config <file>';
  return `cannot be read: ${message}`;
}

function expand(source: unknown, env: Environment): Source {
  const faults: ConfigFault[] = [];
  const incomplete: string[] = [];
  const walk = (value: unknown, at: readonly (string | number)[]): unknown => {
    if (typeof value === 'string') {
      const { text, problems } = expandText(value, env);
      for (const message of problems) faults.push({ path: placeOf(at), message });
      if (problems.length > 0) incomplete.push(placeOf(at));
      return text;
    }
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...at, index]));
    if (!isTree(value)) return value;
    const expanded: Record<string, unknown> = {};
    for (const [name, member] of Object.entries(value)) put(expanded, name, walk(member, [...at, name]));
    return expanded;
  };
  return { tree: walk(source, []), faults, incomplete };
}

/** `${NAME}`, the escape `$${`, and a `${` that is neither. */
const place = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g;

function expandText(source: string, env: Environment): { text: string; problems: string[] } {
  const problems: string[] = [];
  const text = source.replace(place, (found, name?: string) => {
    if (found === '$${') return '${';
    if (name === undefined)
      problems.push(`"\${" begins no variable; write \${NAME}, or $\${ for the characters themselves`);
    else if (env[name] === undefined) problems.push(`the environment has no ${name}; set it`);
    return name === undefined ? found : (env[name] ?? '');
  });
  return { text, problems };
}
