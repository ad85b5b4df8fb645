// What can be wrong with a store as a whole. Each message names the thing and the next step.

export class StoreError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
  }
}

/** Reading or writing the disk failed: nothing is known to be durable any more, the process has to end. */
export class StoreFailed extends StoreError {}

/** No space left: nothing of the job was written, reads go on. */
export class StoreFull extends StoreError {}

/** The database server cannot be reached, or something else holds what is needed: try again. */
export class StoreUnavailable extends StoreError {}

/** The server is set up so that it may lose what it has acknowledged, or is too old. */
export class UnsafeDatabase extends StoreError {}

export class StoreClosed extends StoreError {}

export class DatabaseOwned extends StoreError {}

export class NewerDatabase extends StoreError {}

export class ChangedMigration extends StoreError {}

export class OldSqlite extends StoreError {}

export class BackupFailed extends StoreError {}

/** A decision that cannot be written: it names a record that does not exist, asks without end, or loses a claim. */
export class BadDecision extends StoreError {}

/** Another process does by now what only one may do; what was to be written under the lease was not. */
export class LeaseGone extends StoreError {}
