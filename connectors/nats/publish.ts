// Events into JetStream, one after the other: each is acknowledged before the next one leaves.
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { ConnectorError, type Published, type StreamEvent } from '../../src/connector/contract.ts';
import { Progress, placeOf } from '../../src/connector/stream.ts';
import { recordTypes } from '../../src/model/record-types.ts';
import { withServer } from './session.ts';
import type { NatsContext } from './settings.ts';

/** Both at once could change places where the first is refused. */
export function publishAll(events: readonly StreamEvent[], context: NatsContext): Promise<Published> {
  const progress = new Progress();
  return progress.of(() =>
    withServer(context, async (open) => {
      const stream = jetstream(open, { timeout: context.timeoutMs });
      const expect = context.settings.stream === undefined ? {} : { expect: { streamName: context.settings.stream } };
      for (const event of events) {
        const body = fitting(event, open);
        const subject = placeOf(context.settings.subject, event);
        await stream.publish(subject, body, { msgID: event.id, headers: headersOf(event), ...expect });
        progress.taken += 1;
      }
    }),
  );
}

function fitting({ body, id }: StreamEvent, { info }: NatsConnection): Uint8Array {
  const bytes = new TextEncoder().encode(body);
  const most = info?.max_payload ?? Number.POSITIVE_INFINITY;
  if (bytes.length <= most) return bytes;
  const words = `the event ${id} has ${bytes.length} bytes, the server takes ${most} at most (max_payload)`;
  throw new ConnectorError('rejected', words, { sent: false });
}

/** CloudEvents, structured mode. The server drops a repeat of the id within its own window. */
function headersOf({ traceparent }: StreamEvent): MsgHdrs {
  const made = headers();
  made.set('content-type', 'application/cloudevents+json');
  if (traceparent !== undefined) made.set('traceparent', traceparent);
  return made;
}

/** Lets us in, and has a stream for every subject. */
export function checkStreams(context: NatsContext): Promise<void> {
  const { subject, records = recordTypes } = context.settings;
  const subjects = new Set(
    records.map((record) => placeOf(subject, { record, op: 'created', source: 'hub' } as StreamEvent)),
  );
  return withServer(context, async (open) => {
    const manager = await jetstreamManager(open, { timeout: context.timeoutMs });
    for (const one of subjects) await requireStream(one, () => manager.streams.find(one));
  });
}

async function requireStream(subject: string, find: () => Promise<string>): Promise<void> {
  try {
    await find();
  } catch (error) {
    if ((error as Error).message !== 'no stream matches subject') throw error;
    throw new ConnectorError('rejected', `no stream keeps the subject ${subject}; make one, or set records`);
  }
}
