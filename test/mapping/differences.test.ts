// In which members two payloads differ, and from which field of the record each is written.
import { expect, it } from 'vitest';
import { differingMembers, memberChanges, writtenFrom } from '../../src/mapping/differences.ts';

it('names members, and those of rows by their list', () => {
  const before = { a: 1, to: { name: 'x', zip: '1' }, items: [{ q: 1 }, { q: 2 }], gone: true };
  const after = { a: 1, to: { name: 'y', zip: '1' }, items: [{ q: 1 }, { q: 3 }], come: [] };
  expect(memberChanges(before, after)).toEqual([
    { path: 'to.name', before: 'x', after: 'y' },
    { path: 'items[].q', before: 2, after: 3 },
    { path: 'gone', before: true, after: undefined },
    { path: 'come', before: undefined, after: [] },
  ]);
  expect(differingMembers(before, after)).toEqual(['to.name', 'items[].q']);
});

it('takes lists of other lengths and other kinds whole', () => {
  expect(differingMembers({ items: [{ q: 1 }], n: 1, z: null }, { items: [], n: '1', z: 0 })).toEqual([
    'items',
    'n',
    'z',
  ]);
});

it('says from where a member is written', () => {
  const written = [
    { theirs: 'items[].q', ours: 'lines.quantity' },
    { theirs: 'pay.0.state', ours: 'paymentStatus' },
    { theirs: 'by', ours: '' },
  ];
  expect(['items[].q', 'items', 'pay[].state', 'by', 'other'].map((path) => writtenFrom(path, { written }))).toEqual([
    'lines.quantity',
    'lines.quantity',
    'paymentStatus',
    '',
    undefined,
  ]);
});
