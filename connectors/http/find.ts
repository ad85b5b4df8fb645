// Reads single objects: by the system's id, or by what identifies the record everywhere.
import { objectsIn, parseAnswer as parse, textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Reference } from '../../src/connector/contract.ts';
import { type Lossless, stringifyJson } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import { configured, read, recordOf } from './call.ts';
import type { HttpContext } from './settings.ts';

type ByMatch = Reference & { match: unknown };

export function valuesOf(match: readonly { field: string; value: string }[]): Record<string, string> {
  const values: Record<string, string> = Object.create(null);
  for (const { field, value } of match) values[field] = value;
  return values;
}

export async function fetch(reference: Reference, context: HttpContext): Promise<string | undefined> {
  if ('match' in reference) {
    const found = await findObject(reference, context);
    return found === undefined ? undefined : stringifyJson(found);
  }
  const { request, ...more } = configured(recordOf(context, reference.record).fetch, `fetch of ${reference.record}`);
  const text = await read(context, { template: request, values: { id: reference.externalId } });
  if (text === undefined || !('item' in more)) return text;
  const item = getPath(parse(text), more.item);
  return item === undefined || item === null ? undefined : stringifyJson(item);
}

export async function find(reference: ByMatch, context: HttpContext): Promise<string | undefined> {
  const found = await findObject(reference, context);
  if (found === undefined) return undefined;
  const id = textAt(found, recordOf(context, reference.record).id);
  if (id === undefined) throw new ConnectorError('unknown', `a ${reference.record} was found, but it has no id`);
  return id;
}

async function findObject(reference: Reference, context: HttpContext): Promise<Lossless | undefined> {
  const record = recordOf(context, reference.record);
  const { request, ...more } = configured(record.find, `find of ${reference.record}`);
  const values = 'match' in reference ? valuesOf(reference.match) : {};
  // A parameter that is left out would make the question a wider one.
  const missing = request.query.flatMap(({ names }) => names).filter((name) => values[name] === undefined);
  if (missing.length > 0) throw new ConnectorError('invalid', `find needs {${missing.join('}, {')}}`, { sent: false });
  const text = await read(context, { template: request, values });
  if (text === undefined) return undefined;
  const found = objectsIn(parse(text), { items: 'items' in more ? more.items : undefined, id: record.id });
  if (found.length > 1) throw new ConnectorError('unknown', `find answers ${found.length} objects instead of one`);
  return found[0];
}
