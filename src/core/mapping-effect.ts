// What another mapping would make of one system's copy of a record: pure.
import { type MemberChange, memberChanges, writtenFrom } from '../mapping/differences.ts';
import type { Lookup, Mapping, MappingFault } from '../mapping/mapping.ts';
import type { JsonObject, LosslessObject } from '../model/json.ts';
import { parseJson } from '../model/json.ts';
import type { ImageRow } from '../store/rows.ts';

export interface Effect {
  /** Members of the payload that would be another value. */
  changes: (MemberChange & { ours: string })[];
  /** `when` lets it through by one of the two only. */
  turned: 'starts' | 'stops' | undefined;
  /** What the new mapping cannot write, and the old one could. */
  refused: MappingFault[];
}

/** References are the same on both sides, whatever their ids are there. */
const anyId: Lookup = () => '1';

/** @param copy the record's data, and what is known of the system's copy */
export function effectOn(
  { data, image }: { data: JsonObject; image: ImageRow | undefined },
  before: Mapping | undefined,
  after: Mapping,
): Effect {
  const [was, is] = [before?.wants(data) ?? false, after.wants(data)];
  const turned = was === is ? undefined : is ? 'starts' : 'stops';
  if (!before || turned) return { changes: [], turned, refused: is ? after.write(request(data, image)).faults : [] };
  if (!is) return { changes: [], turned, refused: [] };
  const [old, next] = [before.write(request(data, image)), after.write(request(data, image))];
  const could = new Set(old.faults.map(({ ours }) => ours));
  return {
    changes: memberChanges(old.body, next.body).map((change) => ({
      ...change,
      ours: writtenFrom(change.path, after, before) ?? '',
    })),
    turned,
    refused: next.faults.filter(({ ours }) => !could.has(ours)),
  };
}

/** As a whole, over what the system added: what only one of the two names shows as well. */
const request = (data: JsonObject, image: ImageRow | undefined) => ({
  ...{ op: 'create' as const, data, image: undefined, lookup: anyId },
  base: image?.payload ? (parseJson(image.payload, { keys: 100_000 }) as LosslessObject) : undefined,
});
