// A real SFTP server on this machine (ssh2's own), over a file system in memory.
import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type Attributes, type Connection, Server, type SFTPWrapper, utils } from 'ssh2';
import type { WireServer } from '../../contract/connector/subject.ts';

export const username = 'hub';
export const password = 'pa55word-of-the-hub';

const { OPEN_MODE, STATUS_CODE } = utils.sftp;
const hostKeys = utils.generateKeyPairSync('ed25519');
const parsedKey = utils.parseKey(hostKeys.private);
if (parsedKey instanceof Error) throw parsedKey;
/** As `ssh-keygen -lf` prints it. */
export const hostKey = `SHA256:${createHash('sha256').update(parsedKey.getPublicSSH()).digest('base64').replace(/=+$/, '')}`;

interface Entry {
  bytes: Buffer;
  /** ms since 1970 */
  at: number;
}

export interface Disk {
  files: Map<string, Entry>;
  folders: Set<string>;
  /** What was done to it, in order. */
  log: string[];
  put(path: string, bytes: Buffer | string, at: number): void;
  /** Names in a folder, in order. */
  names(folder: string): string[];
}

export function emptyDisk(...folders: string[]): Disk {
  const files = new Map<string, Entry>();
  return {
    files,
    folders: new Set(['/', ...folders]),
    log: [],
    put: (path, bytes, at) => void files.set(path, { bytes: Buffer.from(bytes), at }),
    names: (folder) =>
      [...files.keys()]
        .filter((path) => folderOf(path) === folder)
        .map(nameOf)
        .sort(),
  };
}

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** @param key public key that is let in beside the password */
export async function serveSftp(disk: Disk, now: () => number, key?: string): Promise<WireServer> {
  const clients = new Set<Connection>();
  const allowed = key === undefined ? undefined : utils.parseKey(key);
  const server = new Server({ hostKeys: [hostKeys.private] }, (client) => {
    clients.add(client);
    (client as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true);
    client.on('error', () => undefined);
    client.on('close', () => clients.delete(client));
    client.on('authentication', (context) => {
      const known =
        (context.method === 'password' && context.username === username && context.password === password) ||
        (context.method === 'publickey' &&
          !(allowed instanceof Error) &&
          allowed?.getPublicSSH().equals(context.key.data));
      if (known) context.accept();
      else context.reject(['password', 'publickey']);
    });
    client.on('session', (accept) => {
      accept().on('sftp', (open) => serveFiles(open(), disk, now));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const client of clients) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Handle = { folder: string; listed: boolean } | { path: string };

function serveFiles(stream: SFTPWrapper, disk: Disk, now: () => number): void {
  const handles = new Map<number, Handle>();
  let last = 0;
  const open = (handle: Handle): Buffer => {
    last += 1;
    handles.set(last, handle);
    const name = Buffer.alloc(4);
    name.writeUInt32BE(last);
    return name;
  };
  const at = (name: Buffer): Handle | undefined => handles.get(name.readUInt32BE());
  const fileAt = (name: Buffer): string => {
    const handle = at(name);
    return handle && 'path' in handle ? handle.path : '';
  };
  const done = (id: number): void => stream.status(id, STATUS_CODE.OK);
  const refuse = (id: number, code = STATUS_CODE.NO_SUCH_FILE): void => stream.status(id, code);
  const stat = (id: number, path: string): void => {
    const attributes = attributesOf(path, disk);
    if (attributes) stream.attrs(id, attributes);
    else refuse(id);
  };
  stream.on('REALPATH', (id, path) => {
    const absolute = path.startsWith('/') ? path : `/${path === '.' ? '' : path}`;
    stream.name(id, [{ filename: absolute, longname: absolute, attrs: {} as Attributes }]);
  });
  stream.on('STAT', stat);
  stream.on('LSTAT', stat);
  stream.on('FSTAT', (id, name) => stat(id, fileAt(name)));
  stream.on('SETSTAT', done);
  stream.on('FSETSTAT', done);
  stream.on('OPENDIR', (id, folder) => {
    if (disk.folders.has(folder)) stream.handle(id, open({ folder, listed: false }));
    else refuse(id);
  });
  stream.on('READDIR', (id, name) => {
    const handle = at(name);
    if (!handle || !('folder' in handle) || handle.listed) return refuse(id, STATUS_CODE.EOF);
    handle.listed = true;
    const entries = disk.names(handle.folder).map((filename) => ({
      ...{ filename, longname: `-rw-r--r-- 1 a a 1 Jan 1 00:00 ${filename}` },
      attrs: attributesOf(`${handle.folder}/${filename}`, disk) as Attributes,
    }));
    if (entries.length === 0) refuse(id, STATUS_CODE.EOF);
    else stream.name(id, entries);
  });
  stream.on('OPEN', (id, path, flags) => {
    const isWriting = (flags & OPEN_MODE.WRITE) !== 0;
    if (isWriting) {
      if (!disk.folders.has(folderOf(path))) return refuse(id);
      disk.log.push(`write ${path}`);
      disk.put(path, '', now());
    } else if (!disk.files.has(path)) return refuse(id);
    stream.handle(id, open({ path }));
  });
  stream.on('WRITE', (id, name, offset, bytes) => {
    const path = fileAt(name);
    const before = disk.files.get(path)?.bytes ?? Buffer.alloc(0);
    disk.put(path, Buffer.concat([before.subarray(0, offset), bytes]), now());
    done(id);
  });
  stream.on('READ', (id, name, offset, length) => {
    const { bytes } = disk.files.get(fileAt(name)) as Entry;
    if (offset >= bytes.length) refuse(id, STATUS_CODE.EOF);
    else stream.data(id, bytes.subarray(offset, offset + length));
  });
  stream.on('CLOSE', (id, name) => {
    handles.delete(name.readUInt32BE());
    done(id);
  });
  stream.on('RENAME', (id, from, to) => {
    const entry = disk.files.get(from);
    // As the draft has it: what is there is never overwritten.
    if (!entry || disk.files.has(to) || !disk.folders.has(folderOf(to))) return refuse(id, STATUS_CODE.FAILURE);
    disk.log.push(`rename ${from} ${to}`);
    disk.files.delete(from);
    disk.files.set(to, entry);
    done(id);
  });
  stream.on('MKDIR', (id, path) => {
    disk.folders.add(path);
    done(id);
  });
}

function attributesOf(path: string, disk: Disk): Attributes | undefined {
  if (disk.folders.has(path)) return { mode: 0o040755, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
  const entry = disk.files.get(path);
  if (!entry) return undefined;
  const seconds = Math.floor(entry.at / 1000);
  return { mode: 0o100644, uid: 0, gid: 0, size: entry.bytes.length, atime: seconds, mtime: seconds };
}
