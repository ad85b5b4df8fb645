// The engines that the hub can be run on in these tests.
import { join } from 'node:path';

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
