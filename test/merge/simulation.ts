// Three systems around one record, with what the hub does around the merge: a world for the convergence tests.
import type { Sent } from '../../src/merge/memory.ts';
import { merge, remember, sureImage } from '../../src/merge/merge.ts';
import type { Memory, MergePolicy, MergeResult, Stamps } from '../../src/merge/types.ts';
import { equalJson, type Json, type JsonObject } from '../../src/model/json.ts';
import { overlay } from '../../src/model/merge-tree.ts';
import { equalValue, rootField } from '../../src/model/tree.ts';

export type Who = 'lossy' | 'polled' | 'late';
export const systems: readonly Who[] = ['lossy', 'polled', 'late'];

interface Message {
  patch: JsonObject;
  at: number;
  /** Fields whose value a person typed there; the others were written by the hub. */
  typed: ReadonlySet<string>;
}

interface Replica {
  /** What the system really holds. */
  state: JsonObject;
  typed: Set<string>;
  outbox: Message[];
  polledAt: number;
  memory: Memory | undefined;
  inFlight: Sent | undefined;
}

const statuses = ['unfulfilled', 'released', 'picking', 'packed', 'partially_shipped', 'shipped', 'delivered'];
const nothing: Memory = { image: {}, syncedVersion: 0, past: {}, seen: {}, sentAt: 0 };

/** The note is cut at ten characters on the way into the lossy system, and by it. */
const cut = (who: Who, data: JsonObject): JsonObject =>
  who === 'lossy' && typeof data.buyerNote === 'string' ? { ...data, buyerNote: data.buyerNote.slice(0, 10) } : data;

const silence = { buyerNote: null, sellerNote: null, channel: null, fulfillmentStatus: null, paid: null, tags: null };

/** The whole object: what it does not hold is cleared. */
const snapshot = (state: JsonObject): JsonObject => ({ ...silence, ...state, shipTo: whole(state.shipTo) });
const whole = (address: Json | undefined): Json => ({
  street: null,
  city: null,
  ...(address as JsonObject | undefined),
});

export class World {
  now = 1_800_000_000_000;
  data: JsonObject = {};
  version = 0;
  stamps: Stamps = {};
  /** What must never happen and did. */
  readonly wrongs: string[] = [];
  sends = 0;
  private readonly policy: MergePolicy;
  private readonly replicas: Record<Who, Replica>;

  constructor(policy: MergePolicy) {
    this.policy = policy;
    const empty = (): Replica => ({
      state: {},
      typed: new Set(),
      outbox: [],
      polledAt: this.now,
      memory: undefined,
      inFlight: undefined,
    });
    this.replicas = { lossy: empty(), polled: empty(), late: empty() };
  }

  /** A person types into a system. */
  type(who: Who, patch: JsonObject): void {
    this.store(who, patch, true);
  }

  private store(who: Who, patch: JsonObject, typed: boolean): void {
    const replica = this.replicas[who];
    const after = cut(who, overlay('order', replica.state, patch));
    const changed = Object.keys(patch).filter((key) => !equalJson(replica.state[key], after[key]));
    replica.state = after;
    for (const key of changed) replica.typed[typed ? 'add' : 'delete'](key);
    if (changed.length === 0 || who === 'polled') return;
    // Whole units: of parts that come in any order nobody could tell which belong together.
    const delta = Object.fromEntries(
      changed.map((key) => [key, key === 'shipTo' ? whole(after[key]) : (after[key] ?? null)]),
    );
    const message = { patch: who === 'lossy' ? snapshot(after) : delta, at: this.now, typed: new Set(replica.typed) };
    replica.outbox.push(message);
    if (who === 'late') replica.outbox.push(message);
  }

  /** The hub hears of the system: its next webhook (any of those under way, if it is the late one), or a poll. */
  hear(who: Who, which = 0): void {
    const replica = this.replicas[who];
    if (who === 'polled') {
      const since = replica.polledAt;
      replica.polledAt = this.now;
      this.take(who, { patch: snapshot(replica.state), at: this.now, typed: new Set(replica.typed) }, since);
      return;
    }
    const [message] = replica.outbox.splice(who === 'late' ? which % Math.max(1, replica.outbox.length) : 0, 1);
    if (message) this.take(who, message);
  }

  private take(who: Who, message: Message, since?: number): void {
    const replica = this.replicas[who];
    const { data, version, stamps, policy, now } = this;
    const inFlight = replica.inFlight ? [replica.inFlight.image] : [];
    const at = since === undefined ? message.at : undefined;
    const observation = { source: who, patch: message.patch, at, trust: 'ntp' as const, since, now, ours: false };
    const record = version === 0 ? undefined : { version, data, stamps };
    const result = merge({ type: 'order', policy, record, memory: replica.memory, inFlight, observation });
    this.watch(who, message, result);
    const current = replica.memory?.syncedVersion === version || replica.memory === undefined;
    if (result.applied.length > 0) this.version++;
    this.data = result.data;
    this.stamps = result.stamps;
    if (result.memory && result.applied.length > 0 && current && !replica.inFlight) {
      replica.memory = { ...result.memory, syncedVersion: this.version };
    } else {
      replica.memory = result.memory;
    }
  }

  private watch(who: Who, message: Message, result: MergeResult): void {
    for (const { unit } of result.applied) {
      if (!message.typed.has(unit)) this.wrongs.push(`an echo from ${who} changed ${unit}`);
    }
    const rank = (data: JsonObject): number => statuses.indexOf(String(data.fulfillmentStatus));
    if (rank(result.data) < rank(this.data)) this.wrongs.push('the status went back');
  }

  /** The relay sends what the system lacks; it arrives at once, the answer may take a while. */
  send(who: Who): void {
    const replica = this.replicas[who];
    const memory = replica.memory ?? nothing;
    const image = cut(who, this.data);
    const known = sureImage(memory, this.policy, image);
    if (replica.inFlight || this.version === 0 || equalValue(rootField('order'), image, known)) return;
    const keys = [...new Set([...Object.keys(image), ...Object.keys(known)])];
    const differing = keys.filter((key) => !equalJson(image[key], known[key]));
    replica.inFlight = { image, version: this.version, sentAt: this.now, whole: false, older: [] };
    this.sends++;
    // An address is one value: sent whole, so members that it lost are cleared.
    this.store(
      who,
      Object.fromEntries(differing.map((key) => [key, key === 'shipTo' ? whole(image[key]) : (image[key] ?? null)])),
      false,
    );
  }

  /** The answer of the last send arrives. */
  settle(who: Who): void {
    const replica = this.replicas[who];
    if (!replica.inFlight) return;
    replica.memory = remember(replica.memory ?? nothing, this.policy, replica.inFlight, this.now);
    replica.inFlight = undefined;
  }

  /** Everything under way arrives. */
  drain(): void {
    for (const who of systems) {
      this.settle(who);
      do {
        this.now += 1_000;
        this.hear(who);
      } while (this.replicas[who].outbox.length > 0);
    }
  }

  /** One round: whoever lacks something gets it, and everybody is heard. @returns how many sends it took */
  round(): number {
    const before = this.sends;
    this.now += 1_000;
    for (const who of systems) this.send(who);
    this.now += 1_000;
    this.drain();
    return this.sends - before;
  }

  /** Systems that do not hold the record as they would hold it. */
  unequal(): string[] {
    const root = rootField('order');
    return systems
      .filter((who) => !equalValue(root, this.replicas[who].state, cut(who, this.data)))
      .map(
        (who) => `${who}: ${JSON.stringify(this.replicas[who].state)} is not ${JSON.stringify(cut(who, this.data))}`,
      );
  }
}
