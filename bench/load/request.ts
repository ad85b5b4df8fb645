// One connection's request: head and orders in one buffer that is rewritten for every send.
import { type Marked, orderBytes, putOrder, putTemplate } from './order-body.ts';

export interface RequestShape {
  url: URL;
  /** Changes in a request; more than one is sent as NDJSON. */
  perRequest: number;
}

export class OrderRequest {
  readonly bytes: Buffer;
  readonly #start: number;

  constructor({ url, perRequest }: RequestShape) {
    const length = perRequest * (orderBytes + 1) - 1;
    const type = perRequest === 1 ? 'application/json' : 'application/x-ndjson';
    const head = `POST ${url.pathname} HTTP/1.1\r\nhost: ${url.host}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`;
    this.#start = head.length;
    this.bytes = Buffer.alloc(head.length + length, '\n');
    this.bytes.write(head, 'latin1');
    for (let place = 0; place < perRequest; place++) putTemplate(this.bytes, this.#at(place));
  }

  put(place: number, order: Marked): void {
    putOrder(this.bytes, this.#at(place), order);
  }

  #at(place: number): number {
    return this.#start + place * (orderBytes + 1);
  }
}
