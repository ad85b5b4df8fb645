// Reads request bodies: bytes are counted as they come, whatever the headers claim.
import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import { JsonFault, type Lossless, NumberText, parseJson } from '../model/json.ts';
import { faultsOf } from './body-faults.ts';
import type { GatewayLimits } from './deps.ts';
import { refuse, refuseFaults } from './problem.ts';
import { textOf } from './utf8.ts';

interface BodyReader {
  limits: GatewayLimits;
  clock: Clock;
}

/** What is too much is read on for a moment and dropped: a client that is cut off while it sends never sees the answer. */
const lingerBytes = 16 * 1024 * 1024;
const lingerMs = 2_000;

/** @throws EdgeProblem 413 or 415, and 400 when the client stops in the middle */
export async function readBody(c: Context, { limits, clock }: BodyReader): Promise<Buffer> {
  const encoding = c.req.header('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw refuse('unsupported-media-type', `Content-Encoding "${encoding}" is not taken; send the body as it is`, {
      headers: { 'accept-encoding': 'identity' },
    });
  }
  const incoming = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming;
  const body = await (incoming ? fromSocket(incoming, limits.body, clock) : fromStream(c.req.raw.body, limits.body));
  if (body !== undefined) return body;
  throw refuse('too-large', `the body has more than ${limits.body} bytes`, { headers: { connection: 'close' } });
}

/** The socket's own chunks: the web stream around them costs more than the rest of the request. */
function fromSocket(incoming: IncomingMessage, limit: number, clock: Clock): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const kept: Buffer[] = [];
    let size = 0;
    let stopLingering: (() => void) | undefined;
    const settle = (body: Buffer | undefined) => {
      stopLingering?.();
      incoming.off('close', cutOff);
      resolve(body);
    };
    const cutOff = () => reject(refuse('invalid-request', 'the body ended before its announced length'));
    incoming.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) kept.push(chunk);
      else stopLingering ??= clock.after(lingerMs, () => settle(undefined));
      if (size > limit + lingerBytes) settle(undefined);
    });
    incoming.on('end', () => settle(size > limit ? undefined : joined(kept)));
    incoming.on('error', cutOff);
    incoming.on('close', cutOff);
  });
}

async function fromStream(stream: ReadableStream<Uint8Array> | null, limit: number): Promise<Buffer | undefined> {
  const kept: Buffer[] = [];
  let size = 0;
  const reader = stream?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) return void (await reader.cancel());
    kept.push(Buffer.from(value));
  }
  return joined(kept);
}

const joined = (chunks: Buffer[]): Buffer => (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));

/** @param types media types taken, without parameters; @throws EdgeProblem 415 */
export function mediaType(c: Context, types: readonly string[]): string {
  const header = c.req.header('content-type') ?? '';
  // As nearly everybody writes it: nothing to take apart.
  if (types.includes(header)) return header;
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (types.includes(type) && (charset === undefined || charset === 'utf-8' || charset === 'utf8')) return type;
  const what = header === '' ? 'no Content-Type was sent' : `Content-Type "${header}" is not taken here`;
  throw refuse('unsupported-media-type', `${what}; send ${types.join(' or ')}, in UTF-8`, {
    headers: { accept: types.join(', ') },
  });
}

export async function readText(c: Context, reader: BodyReader): Promise<string> {
  return textOf(await readBody(c, reader));
}

interface JsonBody<T> {
  value: T;
  /** The same tree with every number as it came; for members that are handed on. */
  lossless: Lossless;
}

/** A small control body. An empty one reads as `{}`. */
export async function readJson<S extends z.ZodType>(
  c: Context,
  reader: BodyReader,
  schema: S,
): Promise<JsonBody<z.output<S>>> {
  const bytes = await readBody(c, reader);
  if (bytes.length > 0) mediaType(c, ['application/json']);
  const text = textOf(bytes);
  const lossless = readable(() => (text === '' ? {} : parseJson(text, { depth: reader.limits.depth })));
  return { value: checked(schema, plain(lossless)), lossless };
}

/** A number stays one, however badly a double holds it: a text is not to be had by writing 1e400. */
function plain(value: Lossless): unknown {
  if (value instanceof NumberText) return Number(value.text);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

function readable<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonFault) throw refuseFaults([{ path: error.path, message: error.message }]);
    throw error;
  }
}

/** @throws EdgeProblem 400 with every fault and its JSON pointer */
function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw refuseFaults(faultsOf(result.error.issues, value));
}
