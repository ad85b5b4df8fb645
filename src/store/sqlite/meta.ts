// What the store knows of itself.
import type { Connection } from './connection.ts';

export const newEpoch = (random: (bytes: number) => Uint8Array): string =>
  Buffer.from(random(12)).toString('base64url');

/** Writes on every open, so that the durability of a write can be asserted. */
export function openMeta(db: Connection, now: number, random: (bytes: number) => Uint8Array): { epoch: string } {
  const write = db.transaction(() => {
    db.prepare(`INSERT INTO meta (name, value) VALUES ('epoch', ?) ON CONFLICT (name) DO NOTHING`).run(
      newEpoch(random),
    );
    touch(db, now);
  });
  write.immediate();
  return { epoch: db.prepare<[], string>(`SELECT value FROM meta WHERE name = 'epoch'`).pluck().get() as string };
}

/** The least that can be written; fails where nothing can. */
export function touch(db: Connection, now: number): void {
  db.prepare(
    `INSERT INTO meta (name, value) VALUES ('written', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
  ).run(String(now));
}
