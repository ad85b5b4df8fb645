// HTTP as no client library would send it: bytes as they are, and everything that comes back.
import { connect } from 'node:net';
import type { Answer } from './client.ts';

/** @returns every byte until the hub closes the connection; `half`: our side is closed after the last byte */
export async function exchange(url: string, parts: readonly (string | Uint8Array)[], half = false): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  // A reset behind the answer is the hub's way of closing on a sender that goes on.
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  const closed = new Promise((resolve) => socket.once('close', resolve));
  for (const part of parts) socket.write(part);
  if (half) socket.end();
  await closed;
  return Buffer.concat(chunks).toString('utf8');
}

/** The answers in it, in order. */
export function answersIn(bytes: string): Answer[] {
  const answers: Answer[] = [];
  for (let rest = bytes; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n');
    const [line = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = new Headers(lines.map((one) => one.split(/:\s*/, 2) as [string, string]));
    const length = Number(headers.get('content-length') ?? 0);
    const body = Buffer.from(rest.slice(end + 4));
    answers.push({ status: Number(line.split(' ')[1]), headers, text: body.subarray(0, length).toString('utf8') });
    rest = body.subarray(length).toString('utf8');
  }
  return answers;
}

export const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
