// The engines that the hub can be run on in these tests.
import { join } from 'node:path';
import Database from 'better-sqlite3';

export interface Engine {
  name: string;
  /** The `database:` of the configuration, with all of its files below this folder. */
  database(folder: string): string;
}

/** The folder of the database is made by the hub itself: its name, too, has to survive a power cut. */
export const sqlite: Engine = {
  name: 'sqlite',
  database: (folder) => `sqlite:${databaseFile(folder)}`,
};

export const databaseFile = (folder: string): string => join(folder, 'data', 'hub.db');

/** @returns what SQLite finds wrong with a file that no hub has */
export function damagesOf(file: string): string[] {
  const db = new Database(file);
  try {
    const found = db.pragma('integrity_check(5)') as { integrity_check: string }[];
    return found.map((row) => row.integrity_check).filter((text) => text !== 'ok');
  } catch (error) {
    return [`the file cannot be read: ${error}`];
  } finally {
    db.close();
  }
}
