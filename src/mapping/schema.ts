// The JSON Schema of mapping documents, so that editors complete and check them.
import { z } from 'zod';
import type { CodecDefinition } from './codec.ts';
import { builtInCodecs, type Codecs } from './codecs.ts';
import { documentSchema } from './document.ts';

type Schema = Record<string, unknown>;

const options = { io: 'input', unrepresentable: 'any' } as const;

/** A codec by name, where its parameters are all optional, or with its parameters. */
function codecSchema(codecs: Codecs): Schema {
  const all = [...codecs.values()];
  const bare = all.filter(({ params }) => params.safeParse({}).success).map(({ name }) => name);
  return {
    description: 'How a value is turned; without one it passes as it is.',
    anyOf: [{ enum: bare }, ...all.map(oneCodec)],
  };
}

function oneCodec({ name, params }: CodecDefinition): Schema {
  const { $schema: _, ...shape } = z.toJSONSchema(params, options) as Schema;
  return { type: 'object', properties: { [name]: shape }, required: [name], additionalProperties: false };
}

/** @returns the schema with every place for a codec pointing at one definition */
export function mappingJsonSchema(codecs: Codecs = builtInCodecs): Schema {
  const schema = z.toJSONSchema(documentSchema, options) as Schema;
  return {
    $id: 'mapping.schema.json',
    title: 'Syncline mapping',
    ...withCodecs(schema),
    $defs: { codec: withCodecs(codecSchema(codecs)) },
  } as Schema;
}

function withCodecs(node: unknown): Schema {
  return Object.fromEntries(Object.entries(node as Schema).map(([key, value]) => [key, turn(key, value)]));
}

function turn(key: string, value: unknown): unknown {
  if (key === 'codec' && isCodecPlace(value)) return { $ref: '#/$defs/codec' };
  if (Array.isArray(value))
    return value.map((item) => (typeof item === 'object' && item !== null ? withCodecs(item) : item));
  return typeof value === 'object' && value !== null ? withCodecs(value) : value;
}

const isCodecPlace = (value: unknown): boolean => typeof value === 'object' && value !== null && 'anyOf' in value;
