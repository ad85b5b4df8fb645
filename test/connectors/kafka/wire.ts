// Kafka's primitive types and its record batch v2 (protocol.html, "Protocol Primitive Types" and "Record Batch").
export class Reader {
  readonly #from: Buffer;
  #at = 0;

  constructor(from: Buffer) {
    this.#from = from;
  }

  take(length: number): Buffer {
    this.#at += length;
    return this.#from.subarray(this.#at - length, this.#at);
  }

  int16 = (): number => this.take(2).readInt16BE();
  int32 = (): number => this.take(4).readInt32BE();
  bytes = (): Buffer => this.take(this.int32());

  string(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.take(length).toString();
  }

  array<T>(one: () => T): T[] {
    return Array.from({ length: this.int32() }, one);
  }

  /** Zigzag. */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.take(1).readUInt8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
  }

  text = (): string => this.take(Math.max(0, this.varint())).toString();
}

export class Writer {
  readonly #parts: Buffer[] = [];

  #add(size: number, write: (to: Buffer) => void): this {
    const part = Buffer.alloc(size);
    write(part);
    this.#parts.push(part);
    return this;
  }

  int8 = (value: number): this => this.#add(1, (to) => to.writeInt8(value));
  int16 = (value: number): this => this.#add(2, (to) => to.writeInt16BE(value));
  int32 = (value: number): this => this.#add(4, (to) => to.writeInt32BE(value));
  int64 = (value: bigint): this => this.#add(8, (to) => to.writeBigInt64BE(value));

  bytes(value: Buffer): this {
    this.int32(value.length).#parts.push(value);
    return this;
  }

  string(value: string | null): this {
    this.int16(value === null ? -1 : Buffer.byteLength(value)).#parts.push(Buffer.from(value ?? ''));
    return this;
  }

  array<T>(values: readonly T[], one: (value: T) => unknown): this {
    this.int32(values.length);
    for (const value of values) one(value);
    return this;
  }

  framed(): Buffer {
    return new Writer().bytes(Buffer.concat(this.#parts)).joined();
  }

  joined = (): Buffer => Buffer.concat(this.#parts);
}

interface WireRecord {
  key: string;
  value: string;
  headers: Record<string, string>;
}

export function recordsOf(batch: Buffer): WireRecord[] {
  const magic = batch.readInt8(16);
  if (magic !== 2) throw new Error(`a record batch of version ${magic}`);
  const from = new Reader(batch.subarray(57));
  return from.array(() => {
    from.varint();
    from.take(1);
    from.varint();
    from.varint();
    const [key, value] = [from.text(), from.text()];
    const headers = Array.from({ length: from.varint() }, () => [from.text(), from.text()] as const);
    return { key, value, headers: Object.fromEntries(headers) };
  });
}
