// A page of a feed in a format that cannot say everything.
import type { FeedItem, FeedPage } from '../core/core.ts';

export interface PageWriter {
  /** Media type, with the character set. */
  type: string;
  /** @returns what of the item cannot be written so, with its place; undefined: nothing */
  faultOf(item: Omit<FeedItem, 'changedAt'>): string | undefined;
  write(page: FeedPage): Uint8Array<ArrayBuffer>;
}
