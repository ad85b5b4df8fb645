// A system that polls us: its replicas are served as a feed, and this is how it wants them written.
import { z } from 'zod';
import type { FeedProfiles } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';

const csv = z
  .strictObject({
    delimiter: z
      .string()
      .regex(/^[^"\r\n]$/, 'must be one character, and no quote or line end')
      .default(','),
    encoding: z.enum(['utf-8', 'utf-8-bom', 'windows-1252', 'gb18030']).default('utf-8'),
    /** Decimal sign of numbers. */
    decimal: z.enum(['.', ',']).default('.'),
    lineEnd: z.enum(['crlf', 'lf']).default('crlf'),
    header: z.boolean().default(true),
    /** With utf-8. */
    bom: z.boolean().default(false),
    /** One row a record with its lines as JSON in a cell, or one row a line. */
    rows: z.enum(['record', 'line']).default('record'),
    /** Disarms cells that a spreadsheet would run; a machine reads them as they are. */
    spreadsheetSafe: z.boolean().default(false),
  })
  .refine(({ bom, encoding }) => !bom || encoding.startsWith('utf-8'), {
    path: ['bom'],
    message: 'is for utf-8 only',
  });

const xml = z.strictObject({
  encoding: z.enum(['utf-8', 'windows-1252', 'gb18030']).default('utf-8'),
});

export const settings = z.strictObject({ csv: csv.prefault({}), xml: xml.prefault({}) });

export type FeedSettings = z.output<typeof settings>;

export const feed = defineConnector({
  name: 'feed',
  title: 'A system that polls Syncline for its changes',
  settings,
  operations: 'configured',
  pulls: true,
  profiles: ({ csv: { encoding, bom, ...csv }, xml }): FeedProfiles => ({
    csv: {
      ...csv,
      charset: encoding === 'utf-8-bom' ? 'utf-8' : encoding,
      bom: bom || encoding === 'utf-8-bom',
    },
    xml: { charset: xml.encoding },
  }),
});
