// Files on an SFTP server: CSV that a partner drops for us, and CSV that we drop for him.
import type { Operation } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import type { RecordType } from '../../src/model/records.ts';
import { type Inbound, type Outbound, type SftpContext, type SftpSettings, settings } from './settings.ts';

const draft = 'https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02';

const operations: readonly Operation[] = [
  { name: 'SSH_FXP_READDIR', does: 'read', source: 'vendor_spec', link: `${draft}#section-6.7` },
  { name: 'SSH_FXP_LSTAT', does: 'read', source: 'vendor_spec', link: `${draft}#section-6.8` },
  { name: 'SSH_FXP_READ', does: 'read', source: 'vendor_spec', link: `${draft}#section-6.4` },
  { name: 'SSH_FXP_WRITE', does: 'write', source: 'vendor_spec', link: `${draft}#section-6.4` },
  { name: 'SSH_FXP_RENAME', does: 'write', source: 'vendor_spec', link: `${draft}#section-6.5` },
  { name: 'SSH_FXP_MKDIR', does: 'write', source: 'vendor_spec', link: `${draft}#section-6.6` },
];

export const sftp = defineConnector({
  name: 'sftp',
  title: 'CSV files on an SFTP server, dropped by a partner or for him',
  settings,
  operations,
  records: (configured) => directed(configured, 'out').map(([record]) => record),
  writeStyle: () => 'whole',
  // A file's name follows from the key.
  repeatSafe: () => 'idempotency-key',
  polls: (configured) => directed(configured, 'in').map(([record, { every }]) => ({ record, everyMs: every })),
  // SSH is much code: it is loaded by whoever has such a system.
  push: async (send, context) => (await import('./drop.ts')).push(send, context),
  poll: async (request, context) => (await import('./collect.ts')).poll(request, context),
  check,
});

interface Directions {
  in: Inbound;
  out: Outbound;
}

function directed<D extends keyof Directions>({ records }: SftpSettings, direction: D): [RecordType, Directions[D]][] {
  return Object.entries(records).flatMap(([record, said]) => {
    const found = said?.[direction] as Directions[D] | undefined;
    return found ? [[record as RecordType, found]] : [];
  });
}

/** Every folder that is named is there. */
async function check(context: SftpContext): Promise<void> {
  const { withSession } = await import('./session.ts');
  const { settings: configured } = context;
  const folders = [...directed(configured, 'in'), ...directed(configured, 'out')].map(([, { folder }]) => folder);
  return withSession(context, async (session) => {
    for (const folder of folders) await session.list(folder);
  });
}
