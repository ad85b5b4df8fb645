// What a sandbox system is asked and answers, and the log it keeps of both.

export interface Asked {
  method: string;
  path: string;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  body: Row;
}

export type Row = Record<string, unknown>;

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** By method and path, such as `PUT /orders/:id`. Handlers are synchronous, so two requests never meet halfway. */
export type Routes = Readonly<Record<string, (asked: Asked) => Answer>>;

export interface Arrival {
  at: string;
  method: string;
  path: string;
  key: string | undefined;
  /** The body as it came. */
  text: string;
  body: unknown;
  /** A status; `repeated` for a key seen before; `reset` and `lost` when a fault ate the answer. */
  answered: number | 'repeated' | 'reset' | 'lost' | undefined;
}

export const fail = (status: number, message: string): Answer => ({ status, body: { message } });

export function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
