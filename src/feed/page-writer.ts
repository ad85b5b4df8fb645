// Who writes a page of a feed as CSV or XML, in the dialect of the system that polls.
import type { FeedProfiles } from '../connector/contract.ts';
import type { Catalog } from '../core/catalog.ts';
import type { FeedFormat } from '../core/core.ts';
import { invalid, problem } from '../core/problem.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { RecordType } from '../model/records.ts';
import { csvWriter } from './csv.ts';
import type { PageWriter } from './written.ts';
import { xmlWriter } from './xml.ts';

/** @throws ProblemError 400 for CSV of several record types at once, 406 where the system has no such format */
export function pageWriter(
  catalog: Catalog,
  { system, as, type }: { system: string; as: FeedFormat; type: RecordType | undefined },
): PageWriter {
  const profiles = catalog.system(system)?.profiles;
  if (!profiles) throw problem('not-acceptable', `the feed of ${system} is written as json and ndjson only`);
  return as === 'xml' ? xmlWriter(profiles.xml) : writerOfRows(catalog, { system, type, profile: profiles.csv });
}

/** Its columns are those of one mapping. */
function writerOfRows(
  catalog: Catalog,
  { system, type, profile }: { system: string; type: RecordType | undefined; profile: FeedProfiles['csv'] },
): PageWriter {
  const served = catalog.types(system).flatMap((one) => {
    const mapping = catalog.mapping(system, one);
    return mapping && mapping.externalPaths.length > 0 && (type === undefined || type === one) ? [mapping] : [];
  });
  if (served.length > 1)
    throw invalid([
      { path: '?record', message: `CSV has the columns of one record type; say which: ${typesOf(served)}` },
    ]);
  return csvWriter(served[0], profile);
}

const typesOf = (mappings: readonly Mapping[]): string => mappings.map(({ record }) => record).join(', ');
