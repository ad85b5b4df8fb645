// Asks the hub, again and again until it answers: it may be killed while it is asked.

import { request } from 'undici';
import { pause, type Recorder } from './history.ts';
import type { Hub } from './hub.ts';
import { inTime } from './in-time.ts';

export interface Question {
  method?: 'GET' | 'POST';
  path: string;
  type?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Answered {
  status: number;
  text: string;
}

export interface Talk {
  hub: Hub;
  recorder: Recorder;
  /** Ends all questions. */
  signal: AbortSignal;
}

/** It cannot now; the same may be asked again. */
export const isLater = ({ status }: Answered): boolean => status === 429 || status === 503 || status === 507;
const timeoutMs = 10_000;

/** The same bytes each time. @throws Error when the hub does not start, or the run was given up */
export async function ask(talk: Talk, question: Question): Promise<Answered> {
  for (;;) {
    const answered = await askOnce(talk, question);
    if (answered && !isLater(answered) && answered.status < 500) return answered;
    if (answered && answered.status >= 500 && !isLater(answered))
      talk.recorder.history.oddities.push(`${answered.status} to ${question.path}: ${answered.text.slice(0, 300)}`);
    await pause(10);
  }
}

/** @returns undefined when no answer came */
export async function askOnce(
  { hub, signal, recorder }: Talk,
  { method = 'GET', path, type = 'application/json', headers = {}, body }: Question,
): Promise<Answered | undefined> {
  signal.throwIfAborted();
  const url = await hub.url;
  return inTime(timeoutMs, signal, async (inTime) => {
    // Not `fetch`: it takes three times the processor, and a run asks some thousand times.
    const answer = await request(`${url}${path}`, {
      method,
      headers: { ...headers, ...(body !== undefined && { 'content-type': type }) },
      signal: inTime,
      ...(body !== undefined && { body }),
    });
    const text = await answer.body.text();
    recorder.history.answers += 1;
    return { status: answer.statusCode, text };
  });
}

export async function askJson<T>(talk: Talk, path: string): Promise<T> {
  const { status, text } = await ask(talk, { path });
  if (status !== 200) throw new Error(`${status} to GET ${path}: ${text}`);
  return JSON.parse(text) as T;
}
