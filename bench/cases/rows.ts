// The rows of the result: what is measured, against what, and what it must reach.

/** `engine` is the floor's store by itself; `none` has nothing to stand beside. */
export type Reference = 'floor' | 'engine' | 'none';
export type Source = 'floor' | 'hub' | 'engine';

export interface Row {
  id: string;
  label: string;
  unit: string;
  against: Reference;
  goal?: { ratioAtLeast: number } | { atMost: number };
}

export interface Figure {
  row: string;
  source: Source;
  value: number;
}

const half = { ratioAtLeast: 0.5 };

const rates = (id: string, label: string): Row[] => [
  { id: `${id}.accepted`, label: `${label}: accepted`, unit: '/s', against: 'floor', goal: half },
  { id: `${id}.delivered`, label: `${label}: delivered`, unit: '/s', against: 'floor', goal: half },
  { id: `${id}.p99`, label: `${label}: accepted → received p99`, unit: 'ms', against: 'floor' },
  { id: `${id}.cpu`, label: `${label}: processor time of a change`, unit: 'µs', against: 'floor' },
];

const ndjson = (kind: string): Row[] => {
  const row = (id: string, label: string, more: Pick<Row, 'against' | 'goal'>): Row => ({
    ...{ id: `ndjson.${kind}.${id}`, label: `NDJSON of 500, ${kind}, ${label}`, unit: '/s', ...more },
  });
  return [
    row('http', 'accepted while delivering, against the floor over HTTP', { against: 'floor' }),
    row('delivering', 'accepted while delivering, against the store alone', { against: 'engine' }),
    row('held', 'accepted with systems paused, against the store alone', { against: 'engine', goal: half }),
  ];
};

export const rows: readonly Row[] = [
  ...rates('intake.creates', 'intake, creates, 32 connections'),
  ...rates('intake.updates', 'intake, updates, 32 connections'),
  ...rates('e2e.creates', 'end to end, creates, 64 connections'),
  ...rates('e2e.updates', 'end to end, updates, 64 connections'),
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
  { id: 'server.start', label: 'start to listening, empty database', unit: 'ms', against: 'floor' },
  { id: 'server.peak', label: 'memory, peak of the round', unit: 'MB', against: 'floor' },
];
