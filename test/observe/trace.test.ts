import { expect, it } from 'vitest';
import { readTraceparent } from '../../src/observe/trace.ts';

const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

it('takes a well-formed trace, a later version as far as it is known', () => {
  expect(readTraceparent(trace)).toBe(trace);
  expect(readTraceparent(`cc${trace.slice(2)}-what-comes`)).toBe(trace);
});

it.each([
  undefined,
  '',
  trace.toUpperCase(),
  `ff${trace.slice(2)}`,
  `${trace}-more`,
  `cc${trace.slice(2)}.more`,
  '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331',
])('drops %s', (header) => {
  expect(readTraceparent(header)).toBeUndefined();
});
