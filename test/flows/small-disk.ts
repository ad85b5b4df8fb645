// A disk of a few megabytes under a hub: a tmpfs that only its process sees, or else a database that may not grow.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Place } from './hub.ts';

export interface SmallDisk {
  /** The command that the hub is started by. */
  under: string[];
  /** Takes the ballast away. @param pid of the hub */
  makeRoom(pid: number): void;
}

/** Root needs no user namespace of its own, and some machines give none; others give only that. */
const ways = [
  ['unshare', '--mount'],
  ['unshare', '--user', '--map-root-user', '--mount'],
];
const megabytes = 8;
const ballastMegabytes = 4;
const mount = `mount -t tmpfs -o size=${megabytes}m tmpfs "$0" && head -c ${ballastMegabytes}m /dev/zero > "$0/ballast" && exec "$@"`;

export function smallDisk({ database: { file } }: Place): SmallDisk {
  const folder = dirname(file);
  const ballast = join(folder, 'ballast');
  mkdirSync(folder, { recursive: true });
  const way = ways.find(([command = '', ...args]) => {
    const tried = spawnSync(command, [...args, 'sh', '-c', mount, folder, 'true']);
    return tried.status === 0;
  });
  if (!way) return limitedPages(ballast);
  return {
    under: [...way, 'sh', '-c', mount, folder],
    makeRoom: (pid) => rmSync(`/proc/${pid}/root${ballast}`),
  };
}

/** Where nobody may mount anything, SQLite itself is the disk that is full. */
function limitedPages(ballast: string): SmallDisk {
  writeFileSync(ballast, 'in the way');
  const limit = new URL('./page-limit.mjs', import.meta.url).href;
  return {
    under: ['env', `NODE_OPTIONS=--import=${limit}`, 'PAGES=500', `BALLAST=${ballast}`],
    makeRoom: () => rmSync(ballast),
  };
}

/** No file may grow beyond so many KiB: a write fails half-way, as on a disk that breaks. */
export const limitedFiles = (kibibytes: number): string[] => [
  '/bin/bash',
  '-c',
  `ulimit -f ${kibibytes}; exec "$@"`,
  'sh',
];
