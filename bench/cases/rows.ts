// The rows of the result: what is measured, against what, and what it must reach.
import { type ContenderName, peerNames } from '../measure/contenders.ts';

/**
 * `store` is the floor's store by itself, `engine` the hub's own by itself, given ready decisions, `small` the hub's with a
 * small backlog, `calm` the hub with nothing stuck; `none` has nothing to stand beside.
 */
export type Reference = Exclude<Source, 'hub'> | 'none';
export type Source = ContenderName | 'store' | 'engine' | 'small' | 'calm';

export interface Row {
  id: string;
  /** The row whose figures are compared once more, with another reference. */
  of?: string;
  label: string;
  unit: string;
  against: Reference;
  goal?: { ratioAtLeast: number } | { ratioAtMost: number } | { atMost: number };
}

export interface Figure {
  row: string;
  source: Source;
  value: number;
}

/** A large backlog may cost one and a half times what a small one costs. */
const nearlyFlat = { ratioAtLeast: 1 / 1.5 };
const half = { ratioAtLeast: 0.5 };

const rates = (id: string, label: string): Row[] => [
  { id: `${id}.accepted`, label: `${label}: accepted`, unit: '/s', against: 'floor', goal: half },
  { id: `${id}.delivered`, label: `${label}: delivered`, unit: '/s', against: 'floor', goal: half },
  { id: `${id}.p99`, label: `${label}: accepted → received p99`, unit: 'ms', against: 'floor' },
  { id: `${id}.cpu`, label: `${label}: processor time of a change`, unit: 'µs', against: 'floor' },
];

const backlog = (id: string, label: string): Row[] => {
  const named = `claim and settle, large backlog ÷ small, ${label}`;
  return [
    { id, label: named, unit: '/s', against: 'small', goal: nearlyFlat },
    { id: `${id}.claim`, label: `${named}: claim of 100, p50`, unit: 'ms', against: 'small' },
  ];
};

const startup = (id: string, label: string, unit: string, atMost?: number): Row => ({
  ...{ id: `startup.${id}`, label: `large database: ${label}`, unit, against: 'none' as const },
  ...(atMost !== undefined && { goal: { atMost } }),
});

/** Against job queues that do the same: one request in, three deliveries out, without order, mapping or merge. */
const besidePeers: readonly Row[] = peerNames.flatMap((peer) =>
  (['creates', 'updates'] as const).map((kind) => ({
    ...{ id: `${peer}.${kind}`, of: `e2e.${kind}.delivered`, against: peer, unit: '/s' },
    ...{ label: `end to end, ${kind}, 64 connections: delivered, beside ${peer}`, goal: { ratioAtLeast: 2.5 } },
  })),
);

const waitOfHealthy = 'accepted → received while half of 20 systems are stuck, beside none stuck';

const stuck: readonly Row[] = [
  { id: 'stuck.p50', label: `${waitOfHealthy}: p50`, unit: 'ms', against: 'calm' },
  { id: 'stuck.p99', label: `${waitOfHealthy}: p99`, unit: 'ms', against: 'calm', goal: { ratioAtMost: 2 } },
  {
    ...{ id: 'stuck.memory', label: 'memory, peak, half of 20 systems stuck for an hour of the hub', unit: 'MB' },
    ...{ against: 'calm', goal: { atMost: 512 } },
  },
];

const ndjson = (kind: string): Row[] => {
  const row = (id: string, label: string, more: Pick<Row, 'against' | 'goal'>): Row => ({
    ...{ id: `ndjson.${kind}.${id}`, label: `NDJSON of 500, ${kind}, ${label}`, unit: '/s', ...more },
  });
  return [
    row('http', 'accepted while delivering, against the floor over HTTP', { against: 'floor' }),
    row('delivering', "accepted while delivering, against the floor's store alone", { against: 'store' }),
    row('bare', "accepted with systems paused, against the floor's store alone", { against: 'store' }),
    row('held', "accepted with systems paused, against the hub's engine alone", { against: 'engine', goal: half }),
  ];
};

export const rows: readonly Row[] = [
  ...rates('intake.creates', 'intake, creates, 32 connections'),
  ...rates('intake.updates', 'intake, updates, 32 connections'),
  ...rates('e2e.creates', 'end to end, creates, 64 connections'),
  ...rates('e2e.updates', 'end to end, updates, 64 connections'),
  ...besidePeers,
  ...ndjson('creates'),
  ...ndjson('updates'),
  { id: 'latency.p50', label: 'accepted → received at 100/s: p50', unit: 'ms', against: 'floor', goal: { atMost: 3 } },
  { id: 'latency.p99', label: 'accepted → received at 100/s: p99', unit: 'ms', against: 'floor', goal: { atMost: 15 } },
  { id: 'latency.answer', label: 'sent → accepted at 100/s: p99', unit: 'ms', against: 'floor' },
  {
    ...{ id: 'saturation.p99', label: 'accepted → received, saturated: p99', unit: 'ms', against: 'floor' },
    goal: { atMost: 250 },
  },
  { id: 'saturation.accepted', label: 'accepted, saturated, half of it creates', unit: '/s', against: 'floor' },
  { id: 'health.p50', label: 'GET /healthz while intake is saturated: p50', unit: 'ms', against: 'floor' },
  {
    ...{ id: 'health.p99', label: 'GET /healthz while intake is saturated: p99', unit: 'ms', against: 'floor' },
    goal: { atMost: 100 },
  },
  { id: 'server.start', label: 'start to listening, empty database', unit: 'ms', against: 'floor' },
  { id: 'server.peak', label: 'memory, peak of the round', unit: 'MB', against: 'floor' },
  ...stuck,
  ...backlog('backlog.made', 'behind in the order of the records'),
  ...backlog('backlog.scattered', 'behind in any order'),
  startup('listening', 'start to listening', 'ms', 5000),
  startup('memory', 'memory after the start, systems paused', 'MB', 300),
  startup('memory.worked', 'memory after intake, systems paused', 'MB', 300),
  startup('accepted', 'accepted, 32 connections, systems paused', '/s'),
  startup('memory.delivered', 'memory after deliveries', 'MB'),
  startup('delivered', 'delivered of the backlog', '/s'),
  startup('memory.peak', 'memory, peak', 'MB'),
];
