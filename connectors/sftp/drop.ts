// What goes out: one file for each change, there whole or not at all, named after its change.
import { ConnectorError, type Pushed, type Send } from '../../src/connector/contract.ts';
import { payloadOf } from '../../src/connector/payload.ts';
import { seqOf, writeCsv } from './csv.ts';
import { withSession } from './session.ts';
import type { SftpContext } from './settings.ts';

/** The name follows from the key, so a repeat finds its own file, or writes the same bytes to the same place. */
export async function push(send: Send, context: SftpContext): Promise<Pushed> {
  const { csv, records } = context.settings;
  const out = records[send.record]?.out;
  if (!out) throw new ConnectorError('invalid', `no folder is configured for ${send.record}`, { sent: false });
  const bytes = writeCsv(send, payloadOf(send), csv, out);
  const name = fileName(send);
  await withSession(context, async (session) => {
    const place = `${out.folder}/${name}`;
    if (await session.exists(place)) return;
    // Beside its place, so that it moves there at once: a folder elsewhere may be another disk.
    const unfinished = `${out.folder}/.${name}.part`;
    await session.put(bytes, unfinished);
    await session.rename(unfinished, place);
  });
  return { externalId: send.externalId ?? send.recordId, status: 200 };
}

const longest = 200;

/** e.g. `shipment-000000001093-shp_1.csv` */
function fileName(send: Send): string {
  const id = encodeURIComponent(send.recordId).slice(0, longest);
  return `${send.record}-${seqOf(send).padStart(12, '0')}-${id}.csv`;
}
