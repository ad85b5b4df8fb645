// The mark of a secret in a settings schema, and what follows from it: which values to hide, and settings safe to show.
import { z } from 'zod';

/** A text that is never shown, logged or kept in a stored answer. */
export const secret = (): z.ZodString => z.string().min(1, 'must not be empty').meta({ secret: true });

/** Same length always, so that nothing about a secret can be read from it. */
const masked = '•••';

const isSecret = (schema: z.core.$ZodType): boolean => z.globalRegistry.get(schema)?.secret === true;

/** @returns every secret in the settings, as written in `syncline.yaml` */
export function secretValues(schema: z.core.$ZodType, settings: unknown): string[] {
  const found: string[] = [];
  walk(schema, settings, (value) => {
    if (typeof value === 'string' && value !== '') found.push(value);
    return value;
  });
  return [...new Set(found)];
}

/** @returns a copy of the settings that may be shown */
export function maskSettings(schema: z.core.$ZodType, settings: unknown): unknown {
  return walk(schema, settings, () => masked);
}

type Visit = (value: unknown) => unknown;

/** Copies a value along its schema; each value under a secret's mark is replaced by what `visit` says. */
function walk(schema: z.core.$ZodType, value: unknown, visit: Visit): unknown {
  if (value === undefined || value === null) return value;
  if (isSecret(schema)) return visit(value);
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object':
      return walkMembers(value, (name) => def.shape[name], visit);
    case 'record':
      return walkMembers(value, () => def.valueType, visit);
    case 'array':
      return Array.isArray(value) ? value.map((item) => walk(def.element, item, visit)) : value;
    case 'union':
      // Whichever form was meant: what any of them calls a secret is one.
      return def.options.reduce((seen: unknown, option) => walk(option, seen, visit), value);
    case 'pipe':
      return walk(def.in, value, visit);
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
      return walk(def.innerType, value, visit);
    default:
      return value;
  }
}

function walkMembers(value: unknown, schemaOf: (name: string) => z.core.$ZodType | undefined, visit: Visit): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const members = Object.entries(value).map(([name, member]) => {
    const schema = schemaOf(name);
    return [name, schema ? walk(schema, member, visit) : member];
  });
  return Object.fromEntries(members);
}
