// Whether what policies make happen arrives anywhere, safely (S9), and under a template that is known there (S1).

import { recordTypeOf } from '../intake/routing/effect-records.ts';
import type { Fault } from '../mapping/fault.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { nearest } from '../model/nearest.ts';
import type { RecordType } from '../model/records.ts';
import { madeRecords, returnTemplates } from '../policy/returns/life/made-records.ts';
import type { ReturnsPolicy } from '../policy/returns/policy.ts';
import type { Action, RoutingPolicy, Rule } from '../policy/routing/policy.ts';
import { covers, type SystemSetup } from './catalog.ts';

interface Reached {
  faults: Fault[];
  warnings: Fault[];
}

export interface Reach {
  systems: readonly Pick<SystemSetup, 'id' | 'writes' | 'repeatSafe'>[];
  mappings: ReadonlyMap<string, ReadonlyMap<RecordType, Pick<Mapping, 'outward' | 'document'>>>;
}

/** @param file that the policy stands in */
export function findingsOfReach(policy: RoutingPolicy, file: string, reach: Reach): Reached {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  for (const rule of policy.rules) {
    for (const action of rule.actions) {
      const place = { file, path: `${rule.path}.do` };
      const message = nowhere(action, reach);
      if (message) warnings.push({ ...place, message });
      for (const message of unsafe(action, rule, reach)) faults.push({ ...place, message: `${message} [S9]` });
      for (const message of strange(action, reach)) faults.push({ ...place, message: `${message} [S1]` });
    }
  }
  return { faults, warnings };
}

/** What returns make is of no rule: it is told of the document. */
export function findingsOfReturns(
  { acceptUnproven }: Pick<ReturnsPolicy, 'acceptUnproven'>,
  file: string,
  reach: Reach,
): Reached {
  const place = { file, path: '' };
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  for (const type of madeRecords) {
    if (receivers(type, reach).length === 0)
      warnings.push({ ...place, message: `no system gets a ${type}: what a return makes of it stays in the hub` });
    if (acceptUnproven[type] === undefined)
      for (const message of unsafeFor(type, `a ${type}`, `acceptUnproven: { ${type}: <reason> }`, reach))
        faults.push({ ...place, message: `${message} [S9]` });
    if (type !== 'notification') continue;
    for (const message of returnTemplates.flatMap((template) => strangeTo(type, template, reach)))
      faults.push({ ...place, message: `${message} [S1]` });
  }
  return { faults, warnings };
}

const fieldOf: Readonly<Record<string, string>> = {
  'tag.add': 'tags',
  'warehouse.lock': 'warehouseId',
  'warehouse.allocate': 'warehouseId',
};

function nowhere({ action }: Action, reach: Reach): string | undefined {
  const type = recordTypeOf[action];
  const field = fieldOf[action];
  if (type && receivers(type, reach).length === 0)
    return `no system gets a ${type}: what ${action} makes stays in the hub`;
  if (!field) return undefined;
  // Of a warehouse it is enough that the shipment names it.
  const types: RecordType[] = field === 'warehouseId' ? ['order', 'shipment'] : ['order'];
  const isWritten = types.some((one) => receivers(one, reach).some(({ outward }) => outward.includes(field)));
  return isWritten ? undefined : `no system gets ${field}: what ${action} sets stays in the hub`;
}

function unsafe({ action }: Action, { acceptUnproven }: Rule, reach: Reach): string[] {
  const type = recordTypeOf[action];
  if (!type || acceptUnproven !== undefined) return [];
  return unsafeFor(type, action, 'acceptUnproven with a reason', reach);
}

const unsafeFor = (type: RecordType, what: string, waiver: string, reach: Reach): string[] =>
  receivers(type, reach)
    .filter(({ system }) => system.repeatSafe === 'no')
    .map(
      ({ system: { id } }) =>
        `${id} knows neither our key nor one of its own for a ${type}: after a lost answer ${what} may happen twice, or must wait for a person; set repeatSafe of ${id}, or ${waiver}`,
    );

/** Where a mapping writes templates by a table, that is the list of those that exist there. */
function strange({ action, placed }: Action, reach: Reach): string[] {
  const type = recordTypeOf[action];
  const template = placed.with?.template;
  return type && typeof template === 'string' ? strangeTo(type, template, reach) : [];
}

function strangeTo(type: RecordType, template: string, reach: Reach): string[] {
  return receivers(type, reach).flatMap(({ system, document }) => {
    const known = templatesIn(document);
    if (!known || known.includes(template)) return [];
    const close = nearest(template, known);
    const hint = close === undefined ? `it knows ${known.join(', ')}` : `did you mean "${close}"`;
    return [
      `${system.id} has no template "${template}" for a ${type}; ${hint}. Templates stand in the table of the pair template of its mapping`,
    ];
  });
}

/** @param document of a mapping, as JSON. @returns undefined where any name may be written */
function templatesIn(document: string): string[] | undefined {
  const { fields } = JSON.parse(document) as { fields?: Pair[] };
  const pair = fields?.find(({ ours }) => ours === 'template');
  const table = typeof pair?.codec === 'object' ? pair.codec.enum : undefined;
  return table?.out && table.outDefault === undefined ? Object.keys(table.out) : undefined;
}

interface Pair {
  ours?: string;
  codec?: string | { enum?: { out?: object; outDefault?: unknown } };
}

const receivers = (type: RecordType, { systems, mappings }: Reach) =>
  systems.flatMap((system) => {
    const { outward = [], document = '{}' } = mappings.get(system.id)?.get(type) ?? {};
    return outward.length > 0 && covers(system.writes, type) ? [{ system, outward, document }] : [];
  });
