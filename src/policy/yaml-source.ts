// The text of a policy document as a tree: YAML, every syntax fault with its line.
import { parseDocument } from 'yaml';
import type { Fault } from './fault.ts';

export type Source = { tree: unknown } | { faults: Fault[] };

export function readYaml(text: string): Source {
  const parsed = parseDocument(text);
  if (parsed.errors.length > 0) {
    return {
      faults: parsed.errors.map(({ linePos, message }) => ({
        path: `line ${linePos?.[0].line ?? '?'}`,
        message: message.split('\n')[0] ?? 'is no YAML',
      })),
    };
  }
  try {
    return { tree: parsed.toJS() };
  } catch (error) {
    // Aliases that would make a small text a huge tree.
    return { faults: [{ path: '', message: (error as Error).message }] };
  }
}
