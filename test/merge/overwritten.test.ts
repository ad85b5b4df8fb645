// A whole object that is sent overwrites edits which were made there and not heard of yet; what it leaves is no edit.
import { describe, expect, it } from 'vitest';
import { remember } from '../../src/merge/merge.ts';
import type { Memory } from '../../src/merge/types.ts';
import { policyOf } from './order-document.ts';
import { type Scene, say, sceneOf } from './scene.ts';

const policy = policyOf(
  'record: order\nunits:\n  staffNote: { fields: [sellerNote], writers: [crm] }\n  notes: { fields: [buyerNote], writers: [shop] }\n',
);

const note = (sellerNote: string) => ({ sellerNote });
const held = (scene: Scene): unknown => scene.record?.data.sellerNote;

/** The whole record arrives there now, and is settled a second later. */
function put(scene: Scene): void {
  const memory = scene.memories.get('crm') as Memory;
  const sent = {
    image: scene.record?.data ?? {},
    version: scene.record?.version ?? 0,
    sentAt: scene.now,
    whole: true,
    older: [],
  };
  scene.now += 1_000;
  scene.memories.set('crm', remember(memory, policy, sent, scene.now));
}

/** The CRM made A; B is typed there, then our whole object with A arrives, and only then the CRM tells of B. */
function overwritten(): Scene {
  const scene = sceneOf(policy);
  say(scene, 'crm', note('A'), { at: scene.now });
  say(scene, 'shop', { buyerNote: 'new' }, { at: scene.now });
  const typedAt = scene.now;
  put(scene);
  expect(say(scene, 'crm', note('B'), { at: typedAt }).applied.map(({ unit }) => unit)).toEqual(['staffNote']);
  return scene;
}

describe('an edit that our own send has overwritten there', () => {
  it('is not undone by the echo of that send', () => {
    const scene = overwritten();
    // Told late: of the moment when our object arrived.
    say(scene, 'crm', note('A'), { at: scene.now - 1_500 });
    expect(held(scene)).toBe('B');
  });

  it('is not undone by a later snapshot that still holds what that send left', () => {
    const scene = overwritten();
    say(scene, 'crm', note('A'), { at: scene.now });
    expect(held(scene)).toBe('B');
  });

  it('is not undone so while the next send is under way', () => {
    const scene = overwritten();
    scene.inFlight.set('crm', [{ ...scene.record?.data }]);
    const typedAt = scene.now - 1_900;
    say(scene, 'crm', note('C'), { at: typedAt });
    say(scene, 'crm', note('A'), { at: scene.now });
    expect(held(scene)).toBe('C');
  });

  it('may be taken back by a person once the repair has arrived', () => {
    const scene = overwritten();
    put(scene);
    say(scene, 'crm', note('A'), { at: scene.now + 500 });
    expect(held(scene)).toBe('A');
  });
});
