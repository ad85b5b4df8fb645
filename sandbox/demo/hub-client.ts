// What the demo asks the hub: the same HTTP that a dashboard or a customer service desk would use.

export interface HubClient {
  /** @throws Error for anything but 200 */
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
  record(type: string, match: string): Promise<RecordView>;
  lag(system: string): Promise<LagOf>;
  /** All replicas of all systems: behind, parked, unclear, dead. */
  unsynced(): Promise<number>;
}

export interface RecordView {
  id: string;
  version: number;
  data: Record<string, unknown>;
  replicas: { system: string; externalId: string | null; state: string; lastError: string | null }[];
}

export interface LagOf {
  lagSeconds: number;
  behind: number;
}

interface LagAnswer {
  systems: {
    system: string;
    lagSeconds: number;
    records: { behind: number; parked?: number; unclear?: number; dead: number }[];
  }[];
}

export function createHubClient(url: string, key: string): HubClient {
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.ok) return JSON.parse(text);
    throw new Error(`${answer.status} from ${method} ${path}: ${text.slice(0, 300)}`);
  };
  const lags = async (): Promise<LagAnswer['systems']> => ((await ask('GET', '/v1/lag')) as LagAnswer).systems;
  return {
    get: (path) => ask('GET', path),
    post: (path, body) => ask('POST', path, body),
    record: (type, match) =>
      ask('GET', `/v1/records/${type}?match=${encodeURIComponent(match)}`) as Promise<RecordView>,
    lag: async (system) => {
      const found = (await lags()).find((one) => one.system === system);
      if (!found) throw new Error(`/v1/lag names no system ${system}`);
      return { lagSeconds: found.lagSeconds, behind: found.records.reduce((sum, one) => sum + one.behind, 0) };
    },
    unsynced: async () =>
      (await lags())
        .flatMap(({ records }) => records)
        .reduce((sum, one) => sum + one.behind + (one.parked ?? 0) + (one.unclear ?? 0) + one.dead, 0),
  };
}
