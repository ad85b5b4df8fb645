import { describe, expect, it } from 'vitest';
import { loadWarehouses } from '../../src/policy/warehouses.ts';
import { shippedWarehouses } from './routing/shipped.ts';

describe('warehouses', () => {
  it('that are shipped can be read', () => {
    expect(shippedWarehouses()[0]).toEqual({
      id: 'WH-COLD-01',
      name: '上海冷链仓',
      country: 'CN',
      divisions: ['31', '32', '33'],
      capabilities: ['cold_chain'],
    });
  });

  it('are told every fault', () => {
    const text = `
warehouses:
  - { id: A, name: a, country: China, divisions: [31], capabilities: [cold_chian] }
  - { id: A, nmae: b, country: CN }
`;
    const loaded = loadWarehouses(text);
    expect(
      'faults' in loaded && loaded.faults.map(({ path, message, suggestion }) => [path, message, suggestion]),
    ).toEqual([
      ['warehouses[0].country', 'must be an ISO 3166 code such as CN', undefined],
      ['warehouses[0].divisions[0]', 'must be text', undefined],
      [
        'warehouses[0].capabilities[0]',
        expect.stringContaining('"cold_chian" is none of'),
        'did you mean "cold_chain"?',
      ],
      ['warehouses[1].name', 'is missing', undefined],
      ['warehouses[1].nmae', 'is not a member that is known here', 'did you mean "name"?'],
      ['warehouses[1].id', '"A" is the id of warehouses[0] already', undefined],
    ]);
  });

  it.each([
    ['', 'must be an object'],
    ['warehouses: []', 'must not be empty'],
    ['warehouses: x', 'must be a list'],
  ])('%j: %s', (text, message) => {
    expect(loadWarehouses(text)).toMatchObject({ faults: [{ message }] });
  });
});
