// What comes in: file by file, page by page; a file is put away once everything that it said is stored.
import { textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type InboundChange, type Polled, type PollRequest } from '../../src/connector/contract.ts';
import { type LosslessObject, stringifyJson } from '../../src/model/json.ts';
import { readCsv } from './csv.ts';
import { type Session, withSession } from './session.ts';
import type { Inbound, SftpContext } from './settings.ts';

interface File {
  name: string;
  size: number;
  /** ms since 1970, as the server has it. */
  at: number;
}

/** Up to where a file was read. The cursor is stored with the records, so what it names is safe. */
interface Place extends File {
  /** Records taken of it; undefined: all. */
  taken?: number;
}

export function poll({ record, cursor, now }: PollRequest, context: SftpContext): Promise<Polled> {
  const inbound = context.settings.records[record]?.in;
  if (!inbound) throw new ConnectorError('invalid', `no folder is configured for ${record}`, { sent: false });
  const place = cursor === undefined ? undefined : (JSON.parse(cursor) as Place);
  return withSession(context, async (session) => {
    const files = await filesIn(session, inbound, now);
    const begun = files.find((file) => isSame(file, place));
    if (begun && place?.taken === undefined) await putAway(session, begun, inbound.archive, inbound);
    const open = begun && place?.taken === undefined ? files.filter((file) => file !== begun) : files;
    const goingOn = begun && place?.taken !== undefined;
    const [next] = goingOn ? [begun] : open;
    if (!next) return { items: [], cursor: undefined, more: false };
    return pageOf({ record, file: next, from: (goingOn && place?.taken) || 0 }, { session, inbound, context });
  });
}

/** The oldest first; those of one second by name. */
async function filesIn(session: Session, { folder, files, quiet }: Inbound, now: number): Promise<File[]> {
  const isWanted = matcherOf(files);
  const listed = await session.list(folder);
  return listed
    .filter(({ type, name, modifyTime }) => type === '-' && isWanted(name) && modifyTime <= now - quiet)
    .map(({ name, size, modifyTime: at }) => ({ name, size, at }))
    .sort((a, b) => a.at - b.at || (a.name < b.name ? -1 : 1));
}

/** Never what is hidden or unfinished. */
function matcherOf(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const form = new RegExp(`^${parts.join('.*')}$`, 's');
  return (name) => !name.startsWith('.') && !/\.(part|tmp|filepart)$/i.test(name) && form.test(name);
}

/** A file of the same name that was put there since is another one. */
const isSame = (file: File, place: Place | undefined): boolean =>
  file.name === place?.name && file.size === place.size && file.at === place.at;

interface Reading {
  session: Session;
  inbound: Inbound;
  context: SftpContext;
}

async function pageOf(
  { record, file, from }: { record: PollRequest['record']; file: File; from: number },
  reading: Reading,
): Promise<Polled> {
  const { pageSize } = reading.context.settings;
  const all = await recordsOf(file, reading);
  const page = all.slice(from, from + pageSize);
  const taken = from + page.length;
  const place: Place = taken < all.length ? { ...file, taken } : file;
  const { id } = reading.inbound;
  const items = page.map((payload, index) => changeOf(payload, { record, id, key: keyOf(file, from + index) }));
  return { items, cursor: JSON.stringify(place), more: true };
}

/** A page that is read again is recognised by it. */
const keyOf = ({ name, at, size }: File, index: number): string => `${name}:${at}:${size}:${index}`;

function changeOf(
  payload: LosslessObject,
  { record, id, key }: { record: PollRequest['record']; id: string; key: string },
): InboundChange {
  const found = textAt(payload, id.split('.'));
  return { record, ...(found !== undefined && { id: found }), key, data: stringifyJson(payload) };
}

/** @throws ConnectorError once the file is put aside, so that it keeps no other from being read */
async function recordsOf(file: File, { session, inbound, context }: Reading): Promise<LosslessObject[]> {
  const { csv, maxFile } = context.settings;
  const place = `${inbound.folder}/${file.name}`;
  if (file.size > maxFile)
    throw await refused(file, `it has more than ${maxFile} bytes`, { session, inbound, context });
  const bytes = (await session.get(place)) as Buffer;
  try {
    return readCsv(bytes, csv, inbound);
  } catch (error) {
    throw await refused(file, (error as Error).message, { session, inbound, context });
  }
}

async function refused(file: File, why: string, { session, inbound }: Reading): Promise<ConnectorError> {
  const where = await putAway(session, file, inbound.refused, inbound);
  return new ConnectorError('invalid', `the file ${file.name} cannot be read: ${why}; it was moved to ${where}`);
}

/** What is there already under that name stays: this one gets its time before its name. */
async function putAway(session: Session, file: File, below: string, { folder }: Inbound): Promise<string> {
  const target = `${folder}/${below}`;
  if (!(await session.exists(target))) await session.mkdir(target, true);
  const plain = `${target}/${file.name}`;
  const place = (await session.exists(plain)) ? `${target}/${file.at}-${file.name}` : plain;
  await session.rename(`${folder}/${file.name}`, place);
  return place;
}
