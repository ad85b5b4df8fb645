// What was answered to an idempotency key: the same request again gets the same answer and does nothing more.
import { type Answer, fail } from './exchange.ts';

interface Keyed {
  method: string;
  path: string;
  key: string | undefined;
  text: string;
}

export interface KeyMemory {
  once(request: Keyed, act: () => Answer): { answer: Answer; repeated: boolean };
}

/** Only what was done is remembered; a refused request may be mended and sent again under its key. */
export function createKeyMemory(): KeyMemory {
  const answers = new Map<string, { request: string; answer: Answer }>();
  return {
    once: ({ method, path, key, text }, act) => {
      if (key === undefined || method === 'GET') return { answer: act(), repeated: false };
      const request = `${method} ${path} ${text}`;
      const known = answers.get(key);
      if (known && known.request !== request) {
        return { answer: fail(422, `the idempotency key ${key} was used for another request`), repeated: false };
      }
      if (known) {
        const headers = { ...known.answer.headers, 'idempotency-replayed': 'true' };
        return { answer: { ...known.answer, headers }, repeated: true };
      }
      const answer = act();
      if (answer.status < 300) answers.set(key, { request, answer });
      return { answer, repeated: false };
    },
  };
}
