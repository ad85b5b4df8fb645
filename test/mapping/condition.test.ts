import { describe, expect, it } from 'vitest';
import { compileCondition } from '../../src/mapping/condition.ts';
import { type LosslessObject, parseJson } from '../../src/model/json.ts';

function ask(text: string, tree: string, root: 'record' | 'theirs' = 'theirs'): boolean {
  const condition = compileCondition(text, root, (_, message) => {
    throw new Error(message);
  });
  if (!condition) throw new Error('no condition');
  return condition(parseJson(tree) as LosslessObject);
}

describe('conditions', () => {
  it.each([
    ["theirs.a == 'x'", '{"a":"x"}', true],
    ["theirs.a != 'x'", '{}', true],
    ['theirs.a == null', '{}', true],
    ['theirs.a.b.c == null', '{"a":{"b":5}}', true],
    ['theirs.n > 2 && theirs.n <= 3', '{"n":3}', true],
    ['theirs.n > 2', '{}', false],
    ["'vip' in theirs.tags", '{"tags":["vip"]}', true],
    ["'vip' in theirs.tags", '{}', false],
    ['theirs.lines.exists(l, l.qty > 1)', '{"lines":[{"qty":1},{"qty":2}]}', true],
    ['has(theirs.a)', '{"a":null}', true],
    ['has(theirs.a)', '{}', false],
    ["theirs.a == 'x' || theirs['b'] == 1", '{"a":"y","b":1}', true],
    ["theirs.a.b == 'x' && theirs.a.c == 1", '{"a":{"b":"x","c":1}}', true],
    ["theirs.id == '12345678901234567890'", '{"id":12345678901234567890}', true],
    ['theirs.toString == null', '{}', true],
    ['theirs.a', '{"a":true}', true],
    ['theirs.a', '{"a":"true"}', false],
  ])('%s of %s is %s', (text, tree, answer) => {
    expect(ask(text, tree)).toBe(answer);
  });
});
