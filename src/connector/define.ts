// Checks a connector's definition when its module is loaded, so that a wrong one never starts.
import { z } from 'zod';
import { nearest } from '../model/nearest.ts';
import { type Connector, operationSources } from './contract.ts';
import { allowsUnverified, assumedWrites } from './operations.ts';

const nameForm = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const methods = [
  'profiles',
  'credentials',
  'records',
  'writeStyle',
  'repeatSafe',
  'batches',
  'deletes',
  'updates',
  'fetches',
  'polls',
  'lists',
  'answers',
  'publishes',
  'push',
  'pushMany',
  'receive',
  'poll',
  'fetch',
  'find',
  'list',
  'check',
  'ask',
  'hold',
  'cancel',
  'transition',
  'publish',
] as const;

const members: readonly string[] = ['name', 'title', 'settings', 'operations', 'pulls', ...methods];

type Method = (typeof methods)[number];

/** Doing something needs a word on what it can be done with. */
const companions: Partial<Record<Method, readonly Method[]>> = {
  push: ['records', 'writeStyle', 'repeatSafe'],
  pushMany: ['push', 'batches'],
  batches: ['pushMany'],
  fetch: ['fetches'],
  poll: ['polls'],
  list: ['lists'],
  ask: ['answers'],
  hold: ['answers'],
  cancel: ['answers'],
  transition: ['answers'],
  records: ['push'],
  writeStyle: ['push'],
  repeatSafe: ['push'],
  deletes: ['push'],
  updates: ['push'],
  fetches: ['fetch'],
  polls: ['poll'],
  lists: ['list'],
  publish: ['publishes'],
  publishes: ['publish'],
};

/** @throws Error listing every fault */
export function defineConnector<S extends z.ZodType>(definition: Connector<S>): Connector {
  const faults = faultsOf(definition as unknown as Record<string, unknown>);
  if (faults.length > 0)
    throw new Error(`connector ${String(definition.name)}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  return definition as unknown as Connector;
}

function faultsOf(definition: Record<string, unknown>): string[] {
  return [
    ...identityFaults(definition),
    ...memberFaults(definition),
    ...companionFaults(definition),
    ...directionFaults(definition),
    ...operationFaults(definition),
  ];
}

function identityFaults({ name, title, settings }: Record<string, unknown>): string[] {
  return [
    ...(typeof name === 'string' && nameForm.test(name) ? [] : ['name must be kebab-case, as its folder']),
    ...(typeof title === 'string' && title !== '' ? [] : ['title is missing']),
    ...(settings instanceof z.ZodType ? [] : ['settings must be a zod schema']),
  ];
}

function memberFaults(definition: Record<string, unknown>): string[] {
  const unknown = Object.keys(definition).filter((member) => !members.includes(member));
  const unfit = methods.filter(
    (method) => definition[method] !== undefined && typeof definition[method] !== 'function',
  );
  return [...unknown.map(unknownMember), ...unfit.map((method) => `${method} must be a function`)];
}

function unknownMember(member: string): string {
  const close = nearest(member, members);
  return `unknown member "${member}"${close === undefined ? '' : `; did you mean "${close}"?`}`;
}

function companionFaults(definition: Record<string, unknown>): string[] {
  return methods.flatMap((method) => {
    const needed = definition[method] === undefined ? [] : (companions[method] ?? []);
    return needed.filter((other) => definition[other] === undefined).map((other) => `${method} needs ${other}`);
  });
}

function directionFaults({ pulls, profiles, push, receive, poll, publish }: Record<string, unknown>): string[] {
  if (pulls !== undefined && pulls !== true) return ['pulls is true or absent'];
  if (profiles && !pulls) return ['profiles are for a system that pulls'];
  if (pulls && push) return ['a system that pulls has no push'];
  if (publish && (push || pulls)) return ['a stream is no replica: what has publish has neither push nor pulls'];
  return pulls || push || receive || poll || publish
    ? []
    : ['it can do nothing: no push, pulls, receive, poll or publish'];
}

const operation = z.strictObject({
  name: z.string().min(1),
  does: z.enum(['read', 'write']),
  source: z.enum(operationSources),
  link: z.string().regex(/^(https:\/\/\S+|[\w-]+(\/[\w.-]+)+)$/, 'must be an https URL or a file of this repository'),
});
const operations = z.array(operation).min(1);

function operationFaults({ operations: given, settings }: Record<string, unknown>): string[] {
  if (given === 'configured') return [];
  const reading = operations.safeParse(given);
  if (!Array.isArray(given) || given.length === 0)
    return ['operations must be a list of { name, does, source, link }, or "configured"'];
  if (!reading.success)
    return reading.error.issues.map(({ path: [at, ...members], message }) =>
      [`operations[${String(at)}]`, ...members].join('.').concat(` ${message}`),
    );
  const assumed = assumedWrites({ operations: reading.data });
  if (assumed.length === 0 || !(settings instanceof z.ZodType) || allowsUnverified(settings)) return [];
  return [`settings need the member "unverified": ${assumed.map(({ name }) => name).join(', ')} is assumed`];
}
