// A small model of one Kafka broker: greets, knows its users, keeps record batches (v2) by topic, refuses large ones.
// Written from protocol.html, apart from the library; the versions that it speaks are the ones below.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Vendor, WireServer } from '../../contract/connector/subject.ts';
import type { Kept } from '../../contract/publish/broker.ts';
import { Reader, recordsOf, Writer } from './wire.ts';

export const username = 'hub';
export const password = 'pa55word-of-the-hub';
export const maxBytes = 16_384;

interface KeptRecord extends Kept {
  key: string;
  partition: number;
  headers: Record<string, string>;
}

export interface KafkaModel extends Vendor {
  serve(): Promise<WireServer>;
  kept: KeptRecord[];
  /** Of a topic: an error code of the protocol, told by Metadata or by Produce. */
  metadataError(topic: string): number;
  produceError(topic: string, partition: number): number;
  /** Where clients are told to go; its own port where it is undefined. */
  advertised: number | undefined;
  host: string;
  clientIds: Set<string>;
  acks: Set<number>;
  produced: number;
}

export function kafkaModel(): KafkaModel {
  const model: KafkaModel = {
    ...{ kept: [], advertised: undefined, host: '127.0.0.1', clientIds: new Set(), acks: new Set(), produced: 0 },
    metadataError: (topic) => (topic.startsWith('syncline.') ? 0 : 3),
    produceError: () => 0,
    serve: () => serve(model),
    ...{ handlers: [], held: () => [], add: () => '', touch: () => undefined },
  };
  return model;
}

async function serve(model: KafkaModel): Promise<WireServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    const client = new Client(model, () => model.advertised ?? (server.address() as AddressInfo).port);
    let bytes = Buffer.alloc(0);
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more]);
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readInt32BE(0)) {
        const end = 4 + bytes.readInt32BE(0);
        const answer = client.answer(new Reader(bytes.subarray(4, end)));
        bytes = bytes.subarray(end);
        if (answer === undefined) socket.end();
        else socket.write(answer.framed());
      }
    });
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

/** Key → [lowest version, highest]: Produce, Metadata, SaslHandshake, ApiVersions, SaslAuthenticate. */
const versions: Readonly<Record<number, readonly [number, number]>> = {
  ...{ 0: [3, 3], 3: [1, 1], 17: [1, 1], 18: [0, 2], 36: [0, 0] },
};

const mechanisms = ['PLAIN', 'SCRAM-SHA-256'];
const partitions = 2;

class Client {
  readonly #model: KafkaModel;
  readonly #port: () => number;
  #known = false;
  #mechanism = '';
  #scram: Scram | undefined;

  constructor(model: KafkaModel, port: () => number) {
    this.#model = model;
    this.#port = port;
  }

  /** @returns undefined: the connection is closed */
  answer(request: Reader): Writer | undefined {
    const [key, version, correlation] = [request.int16(), request.int16(), request.int32()];
    this.#model.clientIds.add(request.string() ?? '');
    const answer = new Writer().int32(correlation);
    if (key === 18) return this.#versions(answer, version);
    if (key === 17) return this.#handshake(request, answer);
    if (key === 36) return this.#authenticate(request, answer);
    // A client that nobody knows is cut off.
    if (!this.#known) return undefined;
    return key === 3 ? this.#metadata(request, answer) : this.#produce(request, answer);
  }

  #versions(answer: Writer, version: number): Writer {
    const known = Object.entries(versions);
    answer.int16(0);
    answer.array(known, ([key, [low, high]]) => answer.int16(Number(key)).int16(low).int16(high));
    return version === 0 ? answer : answer.int32(0);
  }

  #handshake(request: Reader, answer: Writer): Writer {
    this.#mechanism = request.string() ?? '';
    answer.int16(mechanisms.includes(this.#mechanism) ? 0 : 33);
    return answer.array(mechanisms, (one) => answer.string(one));
  }

  #authenticate(request: Reader, answer: Writer): Writer {
    const said = request.bytes().toString();
    const reply = this.#mechanism === 'PLAIN' ? this.#plain(said) : this.#challenge(said);
    if (reply !== undefined) return answer.int16(0).string(null).bytes(Buffer.from(reply));
    return answer.int16(58).string('Authentication failed: Invalid username or password').bytes(Buffer.alloc(0));
  }

  #plain(said: string): string | undefined {
    this.#known = said === `\0${username}\0${password}`;
    return this.#known ? '' : undefined;
  }

  #challenge(said: string): string | undefined {
    if (this.#scram === undefined) {
      this.#scram = new Scram(said);
      return this.#scram.first;
    }
    const final = this.#scram.final(said);
    this.#known = final !== undefined;
    return final;
  }

  #metadata(request: Reader, answer: Writer): Writer {
    const topics = request.array(() => request.string() ?? '');
    answer.array([1], (id) => answer.int32(id).string(this.#model.host).int32(this.#port()).string(null)).int32(1);
    return answer.array(topics, (topic) => {
      const error = this.#model.metadataError(topic);
      answer.int16(error).string(topic).int8(0);
      const ids = Array.from({ length: error === 0 ? partitions : 0 }, (_, id) => id);
      answer.array(ids, (id) => {
        answer.int16(0).int32(id).int32(1);
        answer.array([1], (node) => answer.int32(node)).array([1], (node) => answer.int32(node));
      });
    });
  }

  #produce(request: Reader, answer: Writer): Writer {
    request.string();
    this.#model.acks.add(request.int16());
    request.int32();
    this.#model.produced += 1;
    const topics = request.array(() => {
      const topic = request.string() ?? '';
      return { topic, parts: request.array(() => this.#append(topic, request.int32(), request.bytes())) };
    });
    answer.array(topics, ({ topic, parts }) => {
      answer.string(topic);
      answer.array(parts, ({ partition, error }) => answer.int32(partition).int16(error).int64(0n).int64(-1n));
    });
    return answer.int32(0);
  }

  #append(topic: string, partition: number, batch: Buffer): { partition: number; error: number } {
    const error = batch.length > maxBytes ? 10 : this.#model.produceError(topic, partition);
    if (error !== 0) return { partition, error };
    for (const { key, value, headers } of recordsOf(batch))
      this.#model.kept.push({ id: headers.id, place: topic, body: value, key, partition, headers });
    return { partition, error };
  }
}

/** The server's side of RFC 5802 with SHA-256. */
class Scram {
  readonly #bare: string;
  readonly #salt = Buffer.from('salt-of-the-model');
  readonly first: string;

  constructor(said: string) {
    this.#bare = said.replace(/^n,,/, '');
    const [, nonce = ''] = /,r=([^,]*)/.exec(said) ?? [];
    this.first = `r=${nonce}model,s=${this.#salt.toString('base64')},i=4096`;
  }

  final(said: string): string | undefined {
    const [, without = '', proof = ''] = /^(.*),p=(.*)$/.exec(said) ?? [];
    const salted = pbkdf2Sync(password, this.#salt, 4096, 32, 'sha256');
    const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
    const words = `${this.#bare},${this.first},${without}`;
    const clientKey = hmac(salted, 'Client Key');
    const signature = hmac(createHash('sha256').update(clientKey).digest(), words);
    const expected = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
    if (!this.#bare.startsWith(`n=${username},`) || expected.toString('base64') !== proof) return undefined;
    return `v=${hmac(hmac(salted, 'Server Key'), words).toString('base64')}`;
  }
}
