import { describe, expect, it } from 'vitest';
import { returnsJsonSchema, routingJsonSchema, warehousesJsonSchema } from '../../src/policy/json-schema.ts';
import { read } from '../architecture/sources.ts';

describe('policies/*.schema.json', () => {
  it.each([
    ['returns', returnsJsonSchema],
    ['routing', routingJsonSchema],
    ['warehouses', warehousesJsonSchema],
  ])('%s is what the grammar says (npm run schema writes it)', (name, schema) => {
    expect(JSON.parse(read(`policies/${name}.schema.json`))).toEqual(JSON.parse(JSON.stringify(schema())));
  });

  it('know the facts of a test with their words, and the members of an action', () => {
    const schema = routingJsonSchema() as never as {
      properties: { tests: { items: { properties: { facts: object } } } };
    };
    expect(schema.properties.tests.items.properties.facts).toMatchObject({
      additionalProperties: false,
      properties: {
        order: {
          properties: {
            riskStatus: { enum: ['none', 'review', 'blocked'], default: 'none' },
            handling: { type: 'array', items: { enum: expect.arrayContaining(['cold_chain']) } },
            payableMinor: { type: 'integer', minimum: 0, description: expect.stringContaining('应付金额') },
          },
        },
      },
    });
    expect(JSON.stringify(schema)).toContain('"title":"notify.user"');
  });

  it('know the facts of a return', () => {
    const text = JSON.stringify(returnsJsonSchema());
    expect(text).toContain('"returnRateBp":{"type":"integer","minimum":0,"maximum":10000,"default":0');
    expect(text).toContain('before_return');
  });
});
