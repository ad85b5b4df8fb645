// The grammar of syncline.yaml: every member with its default.
import { z } from 'zod';
import * as field from './config-fields.ts';

const delivery = z
  .strictObject({
    concurrency: field.whole(1, 10_000).default(8),
    rate: field.rate().optional(),
    timeout: field.wait().prefault('10s'),
    attempts: field.whole(1, 1_000_000).default(12),
    maxAge: field.wait().prefault('3d'),
    backoff: z
      .strictObject({
        first: field.wait().prefault('1s'),
        factor: field.atLeast(1).default(2),
        max: field.wait().prefault('10m'),
      })
      .refine(({ first, max }) => max >= first, { path: ['max'], error: 'must not be shorter than first' })
      .prefault({}),
    batch: field.whole(1, 10_000).default(1),
  })
  .prefault({});

const breaker = z
  .strictObject({
    window: field.wait().prefault('30s'),
    minimum: field.whole(1, 1_000_000).default(10),
    failures: field.share().prefault('50%'),
    cooldown: field.wait().prefault('5s'),
  })
  .prefault({});

const reconcile = z
  .strictObject({
    /** Absent: only on request. */
    every: field.wait().optional(),
    repair: field.flag().default(false),
    /** What a new system holds is read before anything is sent to it. */
    load: field.flag().default(false),
  })
  .prefault({});

const system = z.strictObject({
  role: field.text(),
  connector: field.text(),
  /** Read with the connector's own schema. */
  settings: z.unknown().optional(),
  delivery,
  breaker,
  backfill: field.flag().default(true),
  reconcile,
  /** Pairs laid over the mapping files: record → fields. */
  mappings: z.record(z.string(), z.unknown()).default({}),
});

const limits = z
  .strictObject({
    body: field.size(1024).prefault('1MB'),
    batch: field.whole(1, 1_000_000).default(1000),
    depth: field.whole(1, 1000).default(64),
    headers: field.size(1024).prefault('16KB'),
  })
  .prefault({});

const keep = z
  .strictObject({
    changes: field.wait().prefault('365d'),
    intakeKeys: field.wait().prefault('7d'),
    attempts: field.wait().prefault('30d'),
    deadLetters: field.wait().prefault('90d'),
  })
  .prefault({});

const evidence = z.union([
  field.text().transform((folder) => ({ folder })),
  z.strictObject({
    folder: field.text().default('data/evidence'),
    /** Absent: nobody outside looks at a picture. */
    vision: z
      .strictObject({
        /** The address before `/chat/completions`. */
        baseUrl: field.publicUrl(),
        model: field.text(),
        apiKey: field.token().optional(),
        timeout: field.wait().prefault('20s'),
        maxImagePx: field.whole(64, 8192).default(1024),
      })
      .optional(),
  }),
]);

const policies = z.union([
  field.text().transform((folder) => ({ folder, activate: 'on_start' as const, approval: 'other_key' as const })),
  z.strictObject({
    folder: field.text().default('policies'),
    activate: field.oneOf(['on_start', 'manual']).prefault('on_start'),
    approval: field.oneOf(['other_key', 'none']).prefault('other_key'),
  }),
]);

export const configDocument = z.strictObject({
  listen: field.listenAddress().prefault('127.0.0.1:8080'),
  database: field.database().prefault('sqlite:data/syncline.db'),
  systems: z.record(z.string(), system).refine((systems) => Object.keys(systems).length > 0, 'names no system'),
  /** npm packages, each with a connector. */
  connectors: z.array(z.string()).default([]),
  mappings: field.text().default('mappings'),
  policies: policies.optional(),
  evidence: evidence.prefault('data/evidence'),
  limits,
  keep,
  egress: z.strictObject({ allow: z.array(field.egressEntry()).default([]) }).prefault({}),
  publicUrl: field.publicUrl().optional(),
  log: z
    .strictObject({
      level: field.oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).prefault('info'),
    })
    .prefault({}),
  shutdownGrace: field.duration().prefault('10s'),
  shutdownNotice: field.duration().optional(),
});

export type ConfigDocument = z.output<typeof configDocument>;
export type SystemDocument = ConfigDocument['systems'][string];
