// Settings of the qimen connector: which warehouse system, how requests are signed, which of its codes we may read.
import { z } from 'zod';
import type { ConnectorContext } from '../../src/connector/contract.ts';
import { baseUrl } from '../../src/connector/fields.ts';
import { secret } from '../../src/connector/secret.ts';

const codes = z.array(z.string().min(1)).default([]);

export const settings = z.strictObject({
  /** Of the gateway or of the warehouse system itself. */
  url: baseUrl(),
  appKey: z.string().min(1),
  appSecret: secret(),
  /** 货主: whose goods they are, to the gateway and in each document. */
  customerId: z.string().min(1),
  ownerCode: z.string().min(1),
  /** Where a document names none. */
  warehouseCode: z.string().min(1).default('OTHER'),
  orderType: z
    .string()
    .regex(/^[A-Z0-9]+$/)
    .default('JYCK'),
  version: z.enum(['1.0', '2.0']).default('2.0'),
  /** Codes of failures differ from one warehouse system to the next: what yours says. */
  codes: z
    .strictObject({
      /** It has no such order. */
      missing: codes,
      /** It does not take our key or signature. */
      unauthorized: codes,
      /** It is busy: come back. */
      busy: codes,
    })
    .prefault({}),
});

export type QimenSettings = z.output<typeof settings>;
export type QimenContext = ConnectorContext<QimenSettings>;
