// Settings that every stream has, and publishing one by one.
import { z } from 'zod';
import { recordTypes } from '../model/record-types.ts';
import type { Published, Publishing, StreamEvent } from './contract.ts';
import { secret } from './secret.ts';

export const streamSettings = {
  /** Only changes of these types; every type where it is absent. */
  records: z.array(z.enum(recordTypes)).min(1).optional(),
  /** True: personal data goes out as it is; else it is masked as it is for readers without `pii`. */
  personalData: z.boolean().default(false),
};

type StreamSettings = z.output<z.ZodObject<typeof streamSettings>>;

export const publishing = ({ records, personalData }: StreamSettings): Publishing => ({
  records: records ?? 'all',
  personalData,
});

/** What stands in a subject or topic for the event: `{record}`, and whatever else the connector allows. */
export const placeOf = (template: string, event: StreamEvent): string =>
  template.replace(/\{(record|op|source)\}/g, (_, name: 'record' | 'op' | 'source') => event[name]);

/** @param places names that may stand in braces */
export const placeTemplate = (places: readonly string[], form: RegExp, what: string) =>
  z.string().refine((text) => form.test(text.replace(new RegExp(`\\{(${places.join('|')})\\}`, 'g'), 'x')), what);

/** What was acknowledged before a failure stays acknowledged. */
export class Progress {
  taken = 0;

  /** @param run counts here what was acknowledged; whatever it throws is the error of the next one */
  async of(run: () => Promise<unknown>): Promise<Published> {
    try {
      await run();
      return { taken: this.taken };
    } catch (error) {
      return { taken: this.taken, error: error instanceof Error ? error : new Error(String(error)) };
    }
  }
}

/** Of a connection to a broker. */
export const tlsSettings = z.strictObject({
  /** Certificate (PEM) of an authority of your own. */
  ca: z.string().min(1).optional(),
  /** Of ours, where the broker asks for one. */
  cert: z.string().min(1).optional(),
  key: secret().optional(),
});
