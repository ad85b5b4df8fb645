// Reads a connector's settings; every fault is listed by path, unknown names with the one that was probably meant.
import type { z } from 'zod';
import { nearest } from '../model/nearest.ts';

export interface SettingsFault {
  /** JSON pointer within the settings. */
  path: string;
  message: string;
}

export type SettingsReading = { settings: unknown } | { faults: SettingsFault[] };

export function readSettings(schema: z.ZodType, raw: unknown): SettingsReading {
  const reading = schema.safeParse(raw ?? {});
  if (reading.success) return { settings: reading.data };
  return { faults: reading.error.issues.flatMap((issue) => faultsOf(issue, schema)) };
}

const pointer = (path: readonly PropertyKey[]): string => path.map((part) => `/${String(part)}`).join('');

function faultsOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType): SettingsFault[] {
  if (issue.code === 'unrecognized_keys') {
    const known = membersAt(schema, issue.path);
    return issue.keys.map((key) => ({ path: pointer([...issue.path, key]), message: unknownMember(key, known) }));
  }
  if (issue.code === 'invalid_union') {
    const form = bestForm(issue.errors);
    if (form) return form.flatMap((inner) => faultsOf({ ...inner, path: [...issue.path, ...inner.path] }, schema));
  }
  return [{ path: pointer(issue.path), message: issue.message }];
}

/** The form that was meant is the one whose faults lie deepest: inside it, not about it. */
function bestForm(forms: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const inside = forms.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  return (
    inside.sort((a, b) => a.length - b.length)[0] ??
    forms.find((issues) => issues.every(({ code }) => code === 'custom'))
  );
}

function unknownMember(key: string, known: readonly string[]): string {
  const close = nearest(key, known);
  return `unknown member "${key}"${close === undefined ? `; known: ${known.join(', ')}` : `; did you mean "${close}"?`}`;
}

/** Names that an object at this path may have, whichever form of a union it takes. */
function membersAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const [next, ...rest] = path;
  return objectsIn(schema).flatMap((object) => {
    const { def } = (object as z.core.$ZodTypes)._zod;
    if (def.type === 'object' && next === undefined) return Object.keys(def.shape);
    if (def.type === 'object') return membersOf(def.shape[String(next)], rest);
    if (def.type === 'record' && next !== undefined) return membersOf(def.valueType, rest);
    return def.type === 'array' && next !== undefined ? membersOf(def.element, rest) : [];
  });
}

const membersOf = (schema: z.core.$ZodType | undefined, path: readonly PropertyKey[]): string[] =>
  schema === undefined ? [] : membersAt(schema, path);

/** What is left when wrappers are taken off: each form that a value may have. */
function objectsIn(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'union':
      return def.options.flatMap(objectsIn);
    case 'pipe':
      return objectsIn(def.in);
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
      return objectsIn(def.innerType);
    default:
      return [schema];
  }
}
