// What a run needs of the hub under test, whichever it is.

/** Of the systems that it speaks to. */
export interface Addresses {
  shop: string;
  crm: string;
  wms: string;
}

export interface Hub {
  /** Resolves once it listens. @throws Error when it ended by itself */
  readonly url: Promise<string>;
  start(): void;
  /** At once; resolves when nothing of it goes on any more. What it has not kept is gone. */
  kill(): Promise<unknown>;
}
