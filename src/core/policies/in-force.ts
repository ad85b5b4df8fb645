// Which versions this process decides by: those that the store says are in force, taken over as soon as that changes.
import { type Force, isOver } from '../../policy/effective.ts';
import { loadSoundPolicy, policyKinds, SoundRouting } from '../../policy/sound-policy.ts';
import type { PolicyRow, RunningPolicy } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import type { World } from '../catalog.ts';
import { compileReturns, compileVersion } from '../policy-versions.ts';
import { advance, isDue } from './life.ts';

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
    const { ended, begun } = await this.#store.changePolicy(policy, (versions) => advance(versions, doing));
    if (!ended || begun) return;
    const message = `version ${ended.version} of the policy ${policy} has ended, and none takes its place: nothing is decided until one is activated`;
    this.#world.notes.alert({ kind: 'policy_ended', message });
    await this.#store.ready();
  }

  /** @param running as the store has them now */
  async takeOver(running?: readonly RunningPolicy[]): Promise<void> {
    const all = running ?? (await this.#store.runningPolicies());
    await this.#takeOverReturns(all);
    const own = all.filter(({ policy }) => policy === 'routing');
    const active = own.find(({ state }) => state === 'active')?.version;
    const shadow = own.find((one) => one.shadow)?.version;
    const isNew = (version: number | undefined, here: { version: number } | undefined): boolean =>
      version !== undefined && version !== here?.version && !this.#unreadable.has(`routing@${version}`);
    const { world } = { world: this.#world };
    if (isNew(active, world.routing) || isNew(shadow, world.shadow)) await this.#load(active, shadow);
    if (active !== undefined) this.#fromStore = true;
    else if (this.#fromStore && world.routing) world.routing = this.#ended(world.routing);
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

  async #load(active: number | undefined, shadow: number | undefined): Promise<void> {
    const versions = await this.#store.policies('routing');
    const rowOf = (version: number | undefined) => versions.find((one) => one.version === version);
    const [inForce, beside] = [rowOf(active), rowOf(shadow)];
    if (inForce && inForce.version !== this.#world.routing?.version)
      await this.#attempt(inForce, () => {
        this.#world.routing = compileVersion(inForce);
      });
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
