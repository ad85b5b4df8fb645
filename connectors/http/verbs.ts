// Questions to a system about one object: may it be changed, held, cancelled, moved on.
import type { Question, Verb, Verdict } from '../../src/connector/contract.ts';
import { isGood } from '../../src/connector/status.ts';
import { verdictIn } from '../../src/connector/verdict.ts';
import { type Call, call, configured, recordOf, refuse } from './call.ts';
import { fetch } from './find.ts';
import type { HttpContext, RecordSettings } from './settings.ts';

type Asking = Question & { from?: string; to?: string };
type VerbSettings = NonNullable<RecordSettings[Verb]>;

export const asks =
  (verb: Verb) =>
  async (question: Asking, context: HttpContext): Promise<Verdict> => {
    const settings = configured(recordOf(context, question.record)[verb], `${verb} of ${question.record}`);
    if (question.again) return readBack(question, context, settings);
    const request = requestOf(question, settings);
    const answer = await call(context, request);
    if (answer.status === 409 || answer.status === 422) return 'no';
    if (!isGood(answer.status)) throw refuse(context, request, answer);
    if (answer.status === 202) return 'pending';
    if (!('status' in settings)) return 'yes';
    return verdictIn(answer.text(), settings) ?? readBack(question, context, settings);
  };

function requestOf({ externalId, key, body, traceparent, from, to }: Asking, { request }: VerbSettings): Call {
  const said = body ?? (to === undefined ? undefined : JSON.stringify({ from, to }));
  return {
    template: request,
    values: { id: externalId, from, to },
    body: request.method === 'GET' || request.method === 'DELETE' ? undefined : said,
    idempotencyKey: key,
    traceparent,
  };
}

/** A system that says yes and does nothing is seen through by looking. */
async function readBack(question: Asking, context: HttpContext, settings: VerbSettings): Promise<Verdict> {
  if (!('status' in settings) || !recordOf(context, question.record).fetch) return 'pending';
  const text = await fetch({ record: question.record, externalId: question.externalId }, context);
  return text === undefined ? 'no' : (verdictIn(text, settings) ?? 'pending');
}
