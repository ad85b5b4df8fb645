import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, Lossless } from '../../src/model/json.ts';
import { deletePath, getPath, parsePath, setPath } from '../../src/model/paths.ts';

describe('parsePath', () => {
  it('splits at dots', () => {
    expect(parsePath('packages.0.code')).toEqual(['packages', '0', 'code']);
    expect(parsePath('收货人.姓名')).toEqual(['收货人', '姓名']);
  });

  it.each(['', 'a..b', '.a', 'a.', 'a.__proto__', 'constructor.name', 'a.prototype', 'a. b', 'a\u0000b'])(
    'refuses %j',
    (text) => {
      expect(() => parsePath(text)).toThrow(/path/);
    },
  );
});

describe('getPath, setPath, deletePath', () => {
  it('walk objects and arrays', () => {
    const tree: JsonObject = { packages: [{ code: 'a' }] };
    expect(getPath(tree, ['packages', '0', 'code'])).toBe('a');
    setPath(tree, ['packages', '1', 'code'], 'b');
    setPath(tree, ['receiver', 'name'], '李雷');
    expect(tree).toEqual({ packages: [{ code: 'a' }, { code: 'b' }], receiver: { name: '李雷' } });
    deletePath(tree, ['packages', '0']);
    deletePath(tree, ['receiver', 'name']);
    deletePath(tree, ['nowhere', 'at', 'all']);
    expect(tree).toEqual({ packages: [{ code: 'b' }], receiver: {} });
    expect(() => setPath(tree, ['packages', '5'], 'gap')).toThrow(/index of at most 1/);
    expect(() => setPath(tree, ['packages', 'length'], 0)).toThrow(/index/);
    expect(getPath(tree, ['packages', 'length'])).toBeUndefined();
  });

  it('replace a scalar in the way', () => {
    const tree: JsonObject = { a: 'text' };
    setPath(tree, ['a', 'b'], 1);
    expect(tree).toEqual({ a: { b: 1 } });
  });

  it('do not reach inherited members', () => {
    const tree: JsonObject = {};
    for (const name of ['toString', 'hasOwnProperty', 'valueOf', '__proto__', 'constructor']) {
      expect(getPath(tree, [name])).toBeUndefined();
      expect(getPath(tree, [name, 'polluted'])).toBeUndefined();
    }
    setPath(tree, ['toString', 'polluted'], true);
    expect(Object.hasOwn(Object.prototype.toString, 'polluted')).toBe(false);
    expect(Object.hasOwn(tree, 'toString')).toBe(true);
    expect(() => setPath(tree, ['a', '__proto__', 'polluted'], true)).toThrow(/__proto__/);
    expect(() => setPath(tree, ['constructor', 'prototype', 'polluted'], true)).toThrow(/constructor/);
  });

  it('leave every prototype as it was, whatever the path (fuzz)', () => {
    const names = fc.constantFrom(
      '__proto__',
      'prototype',
      'constructor',
      'toString',
      'valueOf',
      'length',
      '0',
      '1',
      'a',
      'map',
      'polluted',
      '__defineGetter__',
    );
    const snapshot = (): unknown[] =>
      [Object.prototype, Array.prototype, Function.prototype, String.prototype, Number.prototype].map((prototype) => [
        Reflect.ownKeys(prototype),
        Reflect.ownKeys(prototype)
          .map((key) => Object.getOwnPropertyDescriptor(prototype, key)?.value as unknown)
          .filter((value) => typeof value === 'function')
          .map((value) => Reflect.ownKeys(value as object)),
      ]);
    const before = JSON.stringify(snapshot(), (_, value: unknown) =>
      typeof value === 'symbol' ? String(value) : value,
    );
    fc.assert(
      fc.property(
        fc.array(names, { minLength: 1, maxLength: 5 }),
        fc.constantFrom<Lossless>({}, { a: [] }, [[]], { a: { toString: 'x' } }),
        (path, start) => {
          const tree = structuredClone(start);
          getPath(tree, path);
          deletePath(tree, path);
          try {
            setPath(tree, path, 'polluted');
          } catch (error) {
            expect((error as Error).message).toMatch(/path/);
          }
        },
      ),
      { numRuns: 5_000 },
    );
    expect(JSON.stringify(snapshot(), (_, value: unknown) => (typeof value === 'symbol' ? String(value) : value))).toBe(
      before,
    );
  });
});
