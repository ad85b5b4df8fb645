// Whether what a policy makes happen arrives anywhere, safely (S9), and under a template that is known there (S1).

import { recordTypeOf } from '../intake/routing/effect-records.ts';
import type { Fault } from '../mapping/fault.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { nearest } from '../model/nearest.ts';
import type { RecordType } from '../model/records.ts';
import type { Action, RoutingPolicy, Rule } from '../policy/routing/policy.ts';
import { covers, type SystemSetup } from './catalog.ts';

export interface Reach {
  systems: readonly Pick<SystemSetup, 'id' | 'writes' | 'repeatSafe'>[];
  mappings: ReadonlyMap<string, ReadonlyMap<RecordType, Pick<Mapping, 'outward' | 'document'>>>;
}

/** @param file that the policy stands in */
export function findingsOfReach(
  policy: RoutingPolicy,
  file: string,
  reach: Reach,
): { faults: Fault[]; warnings: Fault[] } {
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
  return receivers(type, reach)
    .filter(({ system }) => system.repeatSafe === 'no')
    .map(
      ({ system }) =>
        `${system.id} knows neither our key nor one of its own for a ${type}: after a lost answer ${action} may happen twice, or must wait for a person; set repeatSafe of ${system.id}, or acceptUnproven with a reason`,
    );
}

/** Where a mapping writes templates by a table, that is the list of those that exist there. */
function strange({ action, placed }: Action, reach: Reach): string[] {
  const type = recordTypeOf[action];
  const template = placed.with?.template;
  if (!type || typeof template !== 'string') return [];
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
