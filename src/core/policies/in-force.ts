// Which versions this process decides by: those that the store says are in force, taken over as soon as that changes.
import { type Force, isOver } from '../../policy/effective.ts';
import { type ActiveRouting, routingInForce } from '../../policy/routing/active.ts';
import { everywhere, isSameScope, overlap, scopeText } from '../../policy/scope.ts';
import { loadSoundPolicy, policyKinds, SoundRouting } from '../../policy/sound-policy.ts';
import type { PolicyRow, RunningPolicy } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../catalog.ts';
import { compileReturns, compileVersion } from '../policy-versions.ts';
import { advance, isDue, scopeOf } from './life.ts';

export interface InForceOptions {
  store: Store;
  world: World;
  now: () => number;
}

/** Differences that are kept of one candidate. */
const keptDifferences = 1_000;

export class InForce {
  readonly #store: Store;
  readonly #world: World;
  readonly #now: () => number;
  /** Versions that this program cannot read: told once, and not tried each second. */
  readonly #unreadable = new Set<string>();
  /** Only what the store has put in force is taken out again when the store says so. */
  #fromStore = false;
  #returnsFromStore = false;

  constructor({ store, world, now }: InForceOptions) {
    this.#store = store;
    this.#world = world;
    this.#now = now;
  }

  /** Runs each second: what time begins and ends, what other processes have changed, what was counted. */
  async tick(): Promise<void> {
    const running = await this.#store.runningPolicies();
    let changed = false;
    for (const policy of policyKinds) {
      const own = running.filter((one) => one.policy === policy);
      if (!isDue(own, this.#now())) continue;
      await this.#advance(policy);
      changed = true;
    }
    await this.takeOver(changed ? await this.#store.runningPolicies() : running);
    await this.#addCounts();
  }

  async #advance(policy: string): Promise<void> {
    const doing = { at: this.#now(), by: 'hub', policy, approval: 'none' as const };
    const advanced = await this.#store.changePolicy(policy, (versions) => advance(versions, doing));
    for (const { ended, begun } of advanced) {
      if (!ended || begun) continue;
      const scope = scopeOf(ended);
      const whose = isSameScope(scope, everywhere) ? '' : ` of ${scopeText(scope)}`;
      const message = `version ${ended.version} of the policy ${policy} has ended, and none takes its place: nothing is decided${whose} until one is activated`;
      this.#world.notes.alert({ kind: 'policy_ended', message });
    }
    await this.#store.ready();
  }

  /** @param running as the store has them now */
  async takeOver(running?: readonly RunningPolicy[]): Promise<void> {
    const all = running ?? (await this.#store.runningPolicies());
    await this.#takeOverReturns(all);
    const own = all.filter(({ policy }) => policy === 'routing');
    const active = own.filter(({ state }) => state === 'active').map(({ version }) => version);
    const shadow = own.find((one) => one.shadow)?.version;
    const { world } = { world: this.#world };
    const here = world.routing?.versions.map(({ version }) => version) ?? [];
    const isNew = (version: number): boolean => !here.includes(version) && !this.#unreadable.has(`routing@${version}`);
    const isNewShadow = shadow !== undefined && shadow !== world.shadow?.version && isNew(shadow);
    if (active.some(isNew) || isNewShadow) await this.#load(active.filter(isNew), shadow);
    if (active.length > 0) this.#fromStore = true;
    // What takes its place cannot be read here: it goes on until it can.
    const isKept = active.some((version) => this.#unreadable.has(`routing@${version}`));
    if (this.#fromStore && !isKept) this.#endOthers(active);
    if (shadow === undefined && world.shadow) {
      await this.#addCounts();
      delete world.shadow;
    }
  }

  /** A hub that began without a returns policy keeps no facts for one: it takes its first at its next start. */
  async #takeOverReturns(all: readonly RunningPolicy[]): Promise<void> {
    const { world } = { world: this.#world };
    const active = all.find(({ policy, state }) => policy === 'returns' && state === 'active')?.version;
    if (active !== undefined) this.#returnsFromStore = true;
    else if (this.#returnsFromStore && world.returns) world.returns = this.#ended(world.returns);
    if (!world.returns || active === undefined || active === world.returns.version) return;
    if (this.#unreadable.has(`returns@${active}`)) return;
    const row = (await this.#store.policies('returns')).find(({ version }) => version === active);
    if (!row) return;
    await this.#attempt(row, () => {
      world.returns = compileReturns(row);
    });
  }

  /** What it decided lives on: parcels that were pushed, returns that were asked for. */
  #ended<V extends Force>(version: V): V {
    return isOver(version, this.#now()) ? version : { ...version, until: this.#now() };
  }

  /** One that another of its orders took the place of is gone; of what has ended otherwise, what it decided lives on. */
  #endOthers(active: readonly number[]): void {
    const { routing } = this.#world;
    const isRight = (one: ActiveRouting): boolean => active.includes(one.version) || isOver(one, this.#now());
    if (!routing || routing.versions.every(isRight)) return;
    const versions = routing.versions.map((one) => (active.includes(one.version) ? one : this.#ended(one)));
    this.#world.routing = routingInForce(versions);
  }

  #begin(begun: ActiveRouting): void {
    const before = this.#world.routing?.versions ?? [];
    const others = before.filter(({ policy }) => !overlap(policy.scope, begun.policy.scope));
    this.#world.routing = routingInForce([...others, begun]);
  }

  async #load(active: readonly number[], shadow: number | undefined): Promise<void> {
    const versions = await this.#store.policies('routing');
    const rowOf = (version: number | undefined) => versions.find((one) => one.version === version);
    for (const row of versions.filter(({ version }) => active.includes(version)))
      await this.#attempt(row, () => this.#begin(compileVersion(row)));
    const beside = rowOf(shadow);
    if (beside && beside.version !== this.#world.shadow?.version)
      await this.#attempt(beside, () => {
        this.#world.shadow = { policy: routingOf(beside), version: beside.version, seen: 0, different: 0 };
      });
  }

  async #attempt({ policy, version }: PolicyRow, take: () => void): Promise<void> {
    try {
      take();
    } catch (error) {
      this.#unreadable.add(`${policy}@${version}`);
      this.#world.notes.alert({ kind: 'internal', message: error instanceof Error ? error.message : String(error) });
      await this.#store.ready();
    }
  }

  async #addCounts(): Promise<void> {
    const { shadow } = this.#world;
    if (!shadow || shadow.seen === 0) return;
    const { seen, different, version } = shadow;
    shadow.seen = 0;
    shadow.different = 0;
    await this.#store.countShadow({ policy: 'routing', version }, { seen, different }, keptDifferences);
  }
}

function routingOf(row: PolicyRow) {
  const loaded = loadSoundPolicy(row);
  if ('policy' in loaded && loaded.policy instanceof SoundRouting) return loaded.policy.policy;
  throw new Error(`version ${row.version} of the policy ${row.policy} cannot be read by this program`);
}
