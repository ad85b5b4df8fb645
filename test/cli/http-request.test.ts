// The one part of the command line that the other tests stand in for: a request over a real socket.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { httpRequest } from '../../src/cli/http-request.ts';

describe('a request', () => {
  it('carries method, headers and body, and brings back status and text', async () => {
    const server = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (body) => {
        response.writeHead(201).end(`${request.method} ${request.url} ${request.headers.authorization} ${body} 李雷`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/v1/keys`;
    const answer = await httpRequest({ method: 'POST', url, headers: { authorization: 'Bearer a' }, body: '{}' });
    expect(answer).toEqual({ status: 201, body: 'POST /v1/keys Bearer a {} 李雷' });
    await new Promise((resolve) => server.close(resolve));
    await expect(httpRequest({ method: 'GET', url, headers: {} })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
