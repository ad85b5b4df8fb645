import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mappingJsonSchema } from '../../src/mapping/schema.ts';

describe('mappings/mapping.schema.json', () => {
  it('is what the grammar says (npm run schema writes it)', () => {
    const written: unknown = JSON.parse(readFileSync('mappings/mapping.schema.json', 'utf8'));
    expect(written).toEqual(JSON.parse(JSON.stringify(mappingJsonSchema())));
  });

  it('knows every codec with its parameters, and refuses unknown members', () => {
    const schema = mappingJsonSchema() as {
      additionalProperties: unknown;
      $defs: { codec: { anyOf: { properties?: Record<string, unknown> }[] } };
    };
    expect(schema.additionalProperties).toBe(false);
    const named = schema.$defs.codec.anyOf.flatMap(({ properties }) => Object.keys(properties ?? {}));
    expect(named).toContain('moneyDecimal');
    expect(schema.$defs.codec.anyOf.find(({ properties }) => properties?.localTime)).toMatchObject({
      properties: { localTime: { required: ['zone'], properties: { gap: { enum: ['reject', 'earlier', 'later'] } } } },
    });
  });
});
