// A system's copy with what is proposed in it: what an update that asks for it says, and whether an object says it already.
import { matchesOf } from '../delivery/claim.ts';
import { render } from '../delivery/render.ts';
import type { Work } from '../intake/commit-edit.ts';
import { type ProposedCopy, withProposal } from '../intake/routing/answered.ts';
import type { Request } from '../intake/routing/change-request.ts';
import { memberChanges, writtenFrom } from '../mapping/differences.ts';
import { withRemovedEntries } from '../mapping/mapping.ts';
import { type LosslessObject, parseJson } from '../model/json.ts';
import { overlay } from '../model/merge-tree.ts';
import { isTree } from '../model/own.ts';

export function copyOf(request: Request, work: Work): ProposedCopy {
  const { about, course } = request;
  const { catalog } = work.world;
  const [system, replica] = [catalog.system(course.system), about.replicas.get(course.system)];
  if (!system || !replica) return { kind: 'impossible', message: `${course.system} has no copy of it` };
  const data = withProposal(request, work);
  const { type } = about.row;
  const record = { ...about, row: { ...about.row, data } };
  const rendering = render({ catalog, system, replica, record, unsettled: [] }, work.state);
  switch (rendering.kind) {
    case 'need':
      return rendering;
    case 'nothing':
      return { kind: 'nothing' };
    case 'send': {
      const { body, image, payload } = rendering;
      return { kind: 'send', body, image, payload, match: matchesOf(catalog.matchFields(type), about.row.data) };
    }
    case 'parked':
      return { kind: 'impossible', message: `${rendering.reference.ours} does not exist in ${course.system}` };
    case 'invalid':
      return { kind: 'impossible', message: `${course.system} cannot be told it: ${rendering.message}` };
  }
}

/** By the members that the unit is written to. */
export function holds(request: Request, found: string, work: Work): boolean {
  const { about, course } = request;
  const { type } = about.row;
  const { catalog } = work.world;
  const mapping = catalog.mapping(course.system, type);
  const payload = readObject(found);
  if (!mapping || !payload) return false;
  const reading = mapping.read(payload, () => undefined);
  const known = about.image(course.system)?.memory.image ?? {};
  const heard = overlay(type, known, withRemovedEntries(reading, known));
  const data = withProposal(request, work);
  const { body } = mapping.write({ op: 'update', data, image: heard, base: payload, lookup: () => undefined });
  const unit = catalog.policy('order').unitNamed(String(request.data.unit));
  return !memberChanges(payload, body).some(({ path, before, after }) => {
    const ours = writtenFrom(path, mapping);
    const isOfUnit = ours !== undefined && unit.paths.some((one) => one === ours || ours.startsWith(`${one}.`));
    return isOfUnit && (before ?? null) !== (after ?? null);
  });
}

function readObject(text: string): LosslessObject | undefined {
  try {
    const read = parseJson(text, { keys: 100_000 });
    return isTree(read as never) ? (read as LosslessObject) : undefined;
  } catch {
    return undefined;
  }
}
