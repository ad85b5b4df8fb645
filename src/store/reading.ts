// What can be looked at in a database that a hub works with, without being in its way: the reads of the port, no writes.
import type { Store } from './store.ts';

export type Reading = Pick<Store, 'recordsOf' | 'read' | 'cursor' | 'counts' | 'close'>;
