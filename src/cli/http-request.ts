// One request to a hub. Without a limit on the time of the answer: a backup is answered when it is done.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { HttpAnswer, HttpRequest } from './io.ts';

export function httpRequest({ method, url, headers, body, signal }: HttpRequest): Promise<HttpAnswer> {
  const request = new URL(url).protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    // No connection is kept: one that the hub closed in between would cost the next request.
    const call = request(url, { method, headers, agent: false, ...(signal && { signal }) }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }));
      answer.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}
