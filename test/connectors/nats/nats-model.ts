// A small model of a NATS server with one stream: greets, knows its users, keeps what is published and drops repeats of an id.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Vendor, WireServer } from '../../contract/connector/subject.ts';
import type { Kept } from '../../contract/publish/broker.ts';

export const username = 'hub';
export const password = 'pa55word-of-the-hub';
export const maxPayload = 16_384;

export interface NatsModel extends Vendor {
  serve(): Promise<WireServer>;
  kept: Kept[];
  /** Messages that came, repeats too. */
  arrived: number;
  /** Subjects that begin otherwise are kept by no stream. */
  subjects: string;
}

export function natsModel(): NatsModel {
  const model: NatsModel = {
    kept: [],
    arrived: 0,
    subjects: 'syncline.',
    serve: () => serve(model),
    ...{ handlers: [], held: () => [], add: () => '', touch: () => undefined },
  };
  return model;
}

async function serve(model: NatsModel): Promise<WireServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    greet(socket);
    const client = new Client(socket, model);
    socket.on('data', (bytes) => client.take(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function greet(socket: Socket): void {
  const info = { server_id: 'M', version: '2.9.10', proto: 1, headers: true, auth_required: true, jetstream: true };
  socket.write(`INFO ${JSON.stringify({ ...info, max_payload: maxPayload })}\r\n`);
}

class Client {
  readonly #socket: Socket;
  readonly #model: NatsModel;
  #bytes = Buffer.alloc(0);
  #known = false;
  #sid = '1';

  constructor(socket: Socket, model: NatsModel) {
    this.#socket = socket;
    this.#model = model;
  }

  take(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    for (let end = this.#bytes.indexOf('\r\n'); end >= 0; end = this.#bytes.indexOf('\r\n')) {
      const words = this.#bytes.subarray(0, end).toString().split(' ');
      const size = /^H?PUB$/.test(words[0] ?? '') ? Number(words.at(-1)) + 2 : 0;
      if (this.#bytes.length < end + 2 + size) return;
      const payload = this.#bytes.subarray(end + 2, end + size);
      this.#bytes = this.#bytes.subarray(end + 2 + size);
      this.#hear(words, payload);
    }
  }

  #hear([verb = '', ...words]: string[], payload: Buffer): void {
    if (verb === 'CONNECT') this.#connect(words.join(' '));
    if (verb === 'PING' && this.#known) this.#socket.write('PONG\r\n');
    if (verb === 'SUB') this.#sid = words.at(-1) ?? '1';
    if (verb === 'PUB') this.#ask(words[0] ?? '', words[1] ?? '', payload);
    if (verb === 'HPUB') this.#publish(words, payload);
  }

  #connect(said: string): void {
    const { user, pass } = JSON.parse(said);
    this.#known = user === username && pass === password;
    if (!this.#known) this.#socket.end("-ERR 'Authorization Violation'\r\n");
  }

  #ask(subject: string, reply: string, payload: Buffer): void {
    if (subject === '$JS.API.INFO') {
      this.#answer(reply, { type: 'account_info', streams: 1, limits: {}, api: {} });
      return;
    }
    const { subject: sought } = JSON.parse(payload.toString()) as { subject: string };
    const streams = sought.startsWith(this.#model.subjects) ? ['CHANGES'] : [];
    this.#answer(reply, { type: 'stream_names', total: streams.length, offset: 0, limit: 1024, streams });
  }

  #publish([subject = '', reply = '', head = '0']: string[], payload: Buffer): void {
    const [headers, body] = [payload.subarray(0, Number(head)).toString(), payload.subarray(Number(head))];
    if (subject.startsWith('$JS')) this.#ask(subject, reply, body);
    else if (subject.startsWith(this.#model.subjects)) this.#keep({ subject, reply, headers, body: body.toString() });
    else this.#nobody(reply);
  }

  #keep({ subject, reply, headers, body }: { subject: string; reply: string; headers: string; body: string }): void {
    const { kept } = this.#model;
    this.#model.arrived += 1;
    const id = /^Nats-Msg-Id: *(.*)$/m.exec(headers)?.[1]?.trim();
    const known = kept.findIndex((one) => one.id === id);
    if (known < 0) kept.push({ id, place: subject, body });
    const seq = known < 0 ? kept.length : known + 1;
    this.#answer(reply, { stream: 'CHANGES', seq, ...(known >= 0 && { duplicate: true }) });
  }

  #answer(reply: string, answer: object): void {
    const text = JSON.stringify(answer);
    this.#socket.write(`MSG ${reply} ${this.#sid} ${text.length}\r\n${text}\r\n`);
  }

  #nobody(reply: string): void {
    const head = 'NATS/1.0 503\r\n\r\n';
    this.#socket.write(`HMSG ${reply} ${this.#sid} ${head.length} ${head.length}\r\n${head}\r\n`);
  }
}
