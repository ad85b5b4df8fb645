// Reads HTTP/1.1 answers from a raw socket: what a load generator needs and no more, to leave the processor to the server.

export interface Answer {
  status: number;
  /** Header lines, as they came. */
  head: string;
  body: Buffer;
  /** Bytes that the answer took. */
  size: number;
}

const headEnd = Buffer.from('\r\n\r\n');
const lineEnd = Buffer.from('\r\n');
const statusAt = 'HTTP/1.1 '.length;

/** @returns nothing while the answer is not whole */
export function readAnswer(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf(headEnd);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', 0, end);
  const status = Number(head.slice(statusAt, statusAt + 3));
  const start = end + headEnd.length;
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head)) {
    const chunked = readChunks(bytes, start);
    return chunked && { status, head, ...chunked };
  }
  const size = start + Number(length ?? 0);
  return bytes.length < size ? undefined : { status, head, body: bytes.subarray(start, size), size };
}

function readChunks(bytes: Buffer, start: number): { body: Buffer; size: number } | undefined {
  const chunks: Buffer[] = [];
  for (let at = start; ; ) {
    const end = bytes.indexOf(lineEnd, at);
    if (end < 0) return undefined;
    const length = Number.parseInt(bytes.toString('latin1', at, end), 16);
    const next = end + lineEnd.length + length + lineEnd.length;
    if (bytes.length < next) return undefined;
    if (length === 0) return { body: Buffer.concat(chunks), size: next };
    chunks.push(bytes.subarray(end + lineEnd.length, end + lineEnd.length + length));
    at = next;
  }
}

const defaultWaitMs = 50;

/** How long a server that turned us away wants to be left alone. */
export function waitMs({ head }: Answer): number {
  const seconds = /\r\nretry-after: *(\d+)/i.exec(head)?.[1];
  return seconds === undefined ? defaultWaitMs : Number(seconds) * 1000;
}
