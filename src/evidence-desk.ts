// The evidence desk: pictures of a return are looked at in a thread of their own, kept by their hash, and the return is told.
import { createHash } from 'node:crypto';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Core, EvidenceShown } from './core/core.ts';
import type { Bench, Shown } from './evidence/bench.ts';
import type { PreChecked, RefusedUpload } from './evidence/pre-check.ts';
import { atOnce } from './evidence/queue.ts';
import { lookAgain, type SecondLook } from './evidence/vision.ts';
import type { EvidencePort } from './gateway/deps.ts';
import type { Log } from './log.ts';
import type { JsonObject } from './model/json.ts';
import type { EvidenceRules } from './policy/returns/document.ts';

export interface DeskOptions {
  core: Pick<Core, 'evidenceCase' | 'saveEvidence'>;
  /** Where the bytes go; made when the first come. */
  folder: string;
  bench: Bench;
  /** A vision model looks too. Absent: off. */
  vision?: SecondLook;
  /** No answer from the vision model: every upload goes to a person until there is one. */
  onNoSecondLook?(): void;
  log: Log;
  newId(): string;
}

/** So many second looks at once; an upload more waits. */
const looksAtOnce = 4;

export function createDesk({ core, folder, bench, vision, onNoSecondLook, log, newId }: DeskOptions): EvidencePort {
  const looks = atOnce(looksAtOnce);
  /** Number of the last picture that the bench was told. */
  let knownUpTo = 0;
  const second = async (
    first: PreChecked,
    { returnId, reason }: { returnId: string; reason: string },
    by: SecondLook,
  ) => {
    const { asked, ...seen } = await looks(() => lookAgain(first, reason, by));
    if (asked?.failure !== undefined) {
      onNoSecondLook?.();
      const alert = { alert: 'no_second_look', record: returnId };
      log.warn({ ...alert, ...asked }, `no second look at the evidence, a person looks: ${asked.failure}`);
    } else if (asked) log.info({ record: returnId, ...asked, outcome: seen.outcome }, 'second look at the evidence');
    return seen;
  };
  return {
    show: async (returnId, files, actor) => {
      const asked = await core.evidenceCase(returnId, knownUpTo);
      // Before it waits: two uploads at once tell the bench of nothing twice.
      const known = asked.known.filter(({ no }) => no > knownUpTo);
      knownUpTo = Math.max(knownUpTo, ...known.map(({ no }) => no));
      const { reason, deliveredAt } = asked;
      const rules = asked.rules as unknown as EvidenceRules;
      const smallerTo = vision && { smallerTo: vision.settings.maxImagePx };
      const first = await bench({ returnId, reason, deliveredAt, files, rules, known, ...smallerTo }).catch((error) => {
        // The bench may have ended, and another knows nothing: it is told everything again.
        knownUpTo = 0;
        throw error;
      });
      if ('refused' in first) return { refused: first.refused.map(({ file, why }) => ({ file, why })) };
      const seen = vision ? await second(first, { returnId, reason }, vision) : first;
      const pictures = await Promise.all(first.pictures.map((picture) => keep(folder, picture, newId())));
      const found = seen.checks.map(({ file, text }) => (file === null ? text.en : `file ${file}: ${text.en}`));
      const shown: EvidenceShown = { outcome: seen.outcome, id: `evidence/${newId()}`, found, pictures };
      const told = await core.saveEvidence(returnId, shown, actor);
      return { outcome: seen.outcome, checks: seen.checks.map((one) => ({ ...one }) as JsonObject), return: told };
    },
  };
}

/** Encoded again, without its metadata; under its hash, so that the same bytes are there once. */
async function keep(
  folder: string,
  { sha256, type, width, height, hashes, kept }: PreChecked['pictures'][number],
  writer: string,
): Promise<EvidenceShown['pictures'][number]> {
  const keptSha256 = createHash('sha256').update(kept).digest('hex');
  const home = join(folder, keptSha256.slice(0, 2));
  const file = join(home, `${keptSha256}.jpg`);
  if (!(await isThere(file))) {
    await mkdir(home, { recursive: true, mode: 0o700 });
    // One picture may be shown twice at once: each writes a file of its own, and the last name counts.
    const unfinished = `${file}.${writer}.part`;
    await writeFile(unfinished, kept, { flush: true, mode: 0o600 });
    await rename(unfinished, file);
  }
  return { sha256, keptSha256, type, size: kept.byteLength, width, height, pictureHash: hashes[0] ?? '' };
}

const isThere = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/** A bench in a thread that is started by the first upload and ends with the process. */
export function benchApart(): Bench {
  let worker: Worker | undefined;
  let count = 0;
  const waiting = new Map<number, { resolve(answer: PreChecked | RefusedUpload): void; reject(error: Error): void }>();
  const failAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    worker = undefined;
  };
  const start = (): Worker => {
    const made = new Worker(new URL('./evidence/thread.js', import.meta.url), { name: 'syncline-evidence' });
    made.on(
      'message',
      ({ no, answer, failure }: { no: number; answer?: PreChecked | RefusedUpload; failure?: string }) => {
        const one = waiting.get(no);
        waiting.delete(no);
        if (answer) one?.resolve(answer);
        else one?.reject(new Error(failure));
      },
    );
    made.on('error', failAll);
    made.on('exit', () => failAll(new Error('the thread that looks at pictures has ended')));
    made.unref();
    return made;
  };
  return (shown: Shown) =>
    new Promise((resolve, reject) => {
      worker ??= start();
      const no = count++;
      waiting.set(no, { resolve, reject });
      worker.postMessage({ no, shown });
    });
}
