import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { policyOf } from './order-document.ts';
import { systems, type Who, World } from './simulation.ts';

const policy = policyOf(`
record: order
units:
  buyerNote:         { writers: [lossy, polled, late], tie: [late, lossy, polled] }
  shipTo:            { writers: [late, lossy, polled] }
  sellerNote:        { writers: [lossy, polled, late], resolve: owner, order: [polled, late, lossy] }
  channel:           { writers: [lossy] }
  fulfillmentStatus: { writers: [late, polled], resolve: rank }
  paid:              { writers: [lossy, late], resolve: max }
  tags:              { writers: [lossy, polled, late], resolve: union }
`);

const letter = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const long = fc.tuple(letter, letter).map(([head, tail]) => `${head.repeat(9)}${tail.repeat(6)}`);
const edit: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ buyerNote: fc.oneof(long, letter, fc.constant(null)) }),
  fc.record({ shipTo: fc.oneof(fc.record({ street: letter }), fc.record({ street: letter, city: letter })) }),
  fc.record({ sellerNote: letter }),
  fc.record({ channel: letter }),
  fc.record({ fulfillmentStatus: fc.constantFrom('released', 'picking', 'packed', 'shipped') }),
  fc.record({ paid: fc.record({ amount: fc.nat(5), currency: fc.constant('CNY') }) }),
  fc.record({ tags: fc.uniqueArray(letter, { minLength: 1, maxLength: 3 }) }),
  fc.record({ buyerNote: letter, sellerNote: letter, channel: letter }),
);
const who = fc.constantFrom<Who>(...systems);
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('type' as const), who, edit }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('hear' as const), who, which: fc.nat(7) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('send' as const), who }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 300_000 }) }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

function play(world: World, actions: readonly Action[]): void {
  for (const step of actions) {
    world.now += step.kind === 'wait' ? step.ms : 10;
    if (step.kind === 'type') world.type(step.who, step.edit);
    if (step.kind === 'hear') world.hear(step.who, step.which);
    if (step.kind === 'send') world.send(step.who);
    if (step.kind === 'settle') world.settle(step.who);
  }
}

function newWorld(): World {
  const world = new World(policy);
  world.type('lossy', {
    number: 'SO-1',
    channel: 'web',
    shipTo: { street: 'x', city: 'y' },
    fulfillmentStatus: 'unfulfilled',
  });
  world.hear('lossy');
  return world;
}

describe('whatever order edits, echoes, repeats and answers come in', () => {
  it('all systems end equal and quiet within two rounds; no echo ever changes anything; no status goes back', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const world = newWorld();
        play(world, actions);
        world.drain();
        world.round();
        world.round();
        expect(world.wrongs).toEqual([]);
        expect(world.unequal()).toEqual([]);
        expect(world.round()).toBe(0);
        expect(world.unequal()).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});
