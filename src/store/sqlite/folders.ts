// Folders whose names survive a power cut: a name is on the disk only once the folder that it stands in was synced.
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Makes the folder and those above it that are missing; afterwards they are there for good. */
export function makeFolder(path: string): void {
  const wanted = resolve(path);
  const first = mkdirSync(wanted, { recursive: true });
  // Whoever made it may have been killed before its name was synced.
  if (first === undefined) syncIfMay(dirname(wanted));
  else for (let made = wanted; made.length >= first.length; made = dirname(made)) syncPath(dirname(made));
}

/** A file, or the names in a folder. */
export function syncPath(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The folder above may be somebody else's; then it was not the hub that made a folder in it. */
function syncIfMay(path: string): void {
  try {
    syncPath(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')))
      throw error;
  }
}
