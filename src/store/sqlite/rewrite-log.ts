// Writes the log of a process that ended badly once more, in place and byte for byte, before anything builds on it.
import { closeSync, existsSync, fsyncSync, openSync, readSync, statSync, writeSync } from 'node:fs';

const slice = 1024 * 1024;

/**
 * After an fsync that failed the bytes can be read, but the system no longer counts them as unwritten: no later fsync
 * brings them to the disk. Only for the owner of the database, and before its first write.
 */
export function rewriteLog(path: string): void {
  if (!existsSync(path) || statSync(path).size === 0) return;
  const file = openSync(path, 'r+');
  try {
    const bytes = Buffer.alloc(slice);
    let at = 0;
    for (let got = readSync(file, bytes, 0, slice, at); got > 0; got = readSync(file, bytes, 0, slice, at)) {
      writeAll(file, bytes.subarray(0, got), at);
      at += got;
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function writeAll(file: number, bytes: Buffer, at: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
}
