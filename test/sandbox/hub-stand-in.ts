// A hub that takes webhooks: verifies them with the reference library, keeps them, and answers as it is told.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface Taken {
  path: string;
  webhookId: string;
  body: { record: string; id: string; data: Record<string, unknown> };
}

export interface HubStandIn {
  url: string;
  secret: string;
  /** Well signed ones, in order. */
  taken: Taken[];
  /** Answers given before 200s; 0 closes the connection. */
  answers: number[];
  close(): Promise<void>;
}

const secret = `whsec_${Buffer.from('the secret of the stand-in').toString('base64')}`;

export async function startHubStandIn(): Promise<HubStandIn> {
  const hub: HubStandIn = { url: '', secret, taken: [], answers: [], close: () => Promise.resolve() };
  const verifier = new Webhook(secret);
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const status = hub.answers.shift() ?? 200;
    if (status === 0) return void request.socket.destroy();
    const body = verifier.verify(text, request.headers as Record<string, string>) as Taken['body'];
    hub.taken.push({ path: request.url ?? '', webhookId: String(request.headers['webhook-id']), body });
    response.writeHead(status).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  hub.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return hub;
}
