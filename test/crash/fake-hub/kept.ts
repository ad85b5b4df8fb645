// What the fake hub keeps: it stands for a disk, and survives a kill.
import type { StreamEvent } from '../history.ts';

export interface Order {
  id: string;
  number: string;
  version: number;
  note: string;
  amount: number;
  quantity: number;
  staffNote?: string;
}

export interface Flight {
  key: string;
  method: 'POST' | 'PUT' | 'PATCH';
  path: string;
  text: string;
  seq: number;
}

export interface Replica {
  system: 'crm' | 'wms' | 'erp';
  order: string;
  state: 'synced' | 'behind' | 'dead';
  wanted: number;
  synced: number;
  externalId?: string;
  /** Stored before it is sent. */
  flight?: Flight;
  /** ms since 1970. */
  dueAt: number;
  /** Numbers at which the feed has served it. */
  served: number[];
  failures: number;
}

export interface Letter {
  id: string;
  system: Replica['system'];
  recordId: string;
  kind: string;
  open: boolean;
}

export class Kept {
  seq = 0;
  readonly orders = new Map<string, Order>();
  readonly replicas = new Map<string, Replica>();
  readonly events: StreamEvent[] = [];
  readonly letters: Letter[] = [];
  /** Answers by system and key, with the bytes that they were given to. */
  readonly answers = new Map<string, { text: string; result: object }>();

  byNumber(number: string): Order | undefined {
    return [...this.orders.values()].find((order) => order.number === number);
  }

  replica(system: Replica['system'], order: string): Replica {
    const name = `${system} ${order}`;
    const known = this.replicas.get(name);
    if (known) return known;
    const made: Replica = { system, order, state: 'synced', wanted: 0, synced: 0, dueAt: 0, served: [], failures: 0 };
    this.replicas.set(name, made);
    return made;
  }

  of(system: Replica['system']): Replica[] {
    return [...this.replicas.values()].filter((replica) => replica.system === system);
  }

  want(replica: Replica, seq: number): void {
    // Whoever was told to wait waits for what is newer, too.
    if (replica.state !== 'behind') Object.assign(replica, { state: 'behind', dueAt: 0, failures: 0 });
    replica.wanted = seq;
    for (const letter of this.letters) {
      if (letter.system === replica.system && letter.recordId === replica.order) letter.open = false;
    }
  }

  giveUp(replica: Replica, kind: string): void {
    replica.state = 'dead';
    const id = `dl_${this.letters.length + 1}`;
    this.letters.push({ id, system: replica.system, recordId: replica.order, kind, open: true });
  }
}
