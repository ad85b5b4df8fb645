// Two processes of the hub over one database, behind what a proxy would do: who asks gets one that listens.
import type { CuttingProxy } from '../../postgres/cutting-proxy.ts';
import type { Hub } from '../hub.ts';
import { HubProcess, type HubProcessOptions } from '../hub-process.ts';

export type Ways = readonly [CuttingProxy, CuttingProxy];

interface Member {
  hub: HubProcess;
  running: boolean;
  listens: boolean;
}

export class Pair implements Hub {
  readonly #members: readonly [Member, Member];
  #turn = 0;

  /** To the database, of each. */
  readonly ways: Ways;

  constructor(ways: Ways, options: Omit<HubProcessOptions, 'database'>) {
    const member = ({ url }: CuttingProxy): Member => ({
      hub: new HubProcess({ ...options, database: url }),
      running: false,
      listens: false,
    });
    this.#members = [member(ways[0]), member(ways[1])];
    this.ways = ways;
  }

  /** Now the one, now the other. */
  get url(): Promise<string> {
    const listening = this.#members.filter(({ listens }) => listens);
    const from = listening.length > 0 ? listening : this.#members.filter(({ running }) => running);
    this.#turn += 1;
    const { hub } = from[this.#turn % from.length] ?? this.#members[0];
    return hub.url;
  }

  /** Those that do not run. */
  start(): void {
    for (const member of this.#members) {
      if (member.running) continue;
      member.running = true;
      member.hub.start();
      member.hub.url.then(
        () => {
          member.listens = member.running;
        },
        // Whoever asks is told.
        () => undefined,
      );
    }
  }

  async kill(): Promise<void> {
    await Promise.all([this.killOne(0), this.killOne(1)]);
  }

  async killOne(which: number): Promise<void> {
    const member = this.#member(which);
    Object.assign(member, { running: false, listens: false });
    await member.hub.kill();
  }

  /** SIGTERM. @returns the exit code, or the signal */
  stopOne(which: number): Promise<number | string> {
    const member = this.#member(which);
    Object.assign(member, { running: false, listens: false });
    return member.hub.stop();
  }

  /** A proxy sends nobody to it any more; it may still have what it was asked before. */
  freezeOne(which: number): void {
    const member = this.#member(which);
    member.listens = false;
    member.hub.freeze();
  }

  thawOne(which: number): void {
    const member = this.#member(which);
    member.hub.thaw();
    member.listens = member.running;
  }

  /** Who asks is sent to the other one, as a proxy does that looks whether one is well; what it does by itself it goes on with. */
  async cutOffOne(which: number, during: () => Promise<void>): Promise<void> {
    const member = this.#member(which);
    const way = this.ways[which === 0 ? 0 : 1];
    member.listens = false;
    way.cutOff();
    try {
      await during();
    } finally {
      way.mend();
      member.listens = member.running;
    }
  }

  /** Both listen. */
  async ready(): Promise<void> {
    await Promise.all(this.#members.map(({ hub }) => hub.url));
  }

  #member(which: number): Member {
    return this.#members[which === 0 ? 0 : 1];
  }
}
