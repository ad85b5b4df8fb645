// Where pictures are looked at, one upload after another, beside everything that was shown before.
import type { EvidenceRules } from '../policy/returns/document.ts';
import type { Match } from './judge.ts';
import { distance, nearIn, pack } from './picture-hash.ts';
import { type KnownPictures, type PreChecked, preCheck, type RefusedUpload, type Upload } from './pre-check.ts';
import { type AtOnce, atOnce } from './queue.ts';

/** A picture of another return, or of this one. */
export interface KnownPicture {
  /** Grows with every picture that was kept. */
  no: number;
  returnId: string;
  customerId: string;
  sha256: string;
  pictureHash: string;
}

export interface Shown extends Upload {
  rules: EvidenceRules;
  /** Those that it was not told before; told twice, they count once. */
  known: readonly KnownPicture[];
}

export type Bench = (shown: Shown) => Promise<PreChecked | RefusedUpload>;

const decodesAtOnce = 2;
/** Looked at and perhaps not kept yet: two uploads at once are told of neither. */
const mostFresh = 1_000;

type Asked = Parameters<KnownPictures['matches']>[0];

/** Remembers what it was told and what it has just seen: a scan of packed hashes finds what is alike. */
export function createBench(decodes: AtOnce = atOnce(decodesAtOnce)): Bench {
  const told = createMemory<KnownPicture>();
  let toldUpTo = 0;
  let fresh: Asked[] = [];
  const matches = async (asked: Asked): Promise<Match[]> => {
    const { returnId, sha256, hashes, most } = asked;
    const justNow = fresh.filter(({ hashes: [upright = ''] }) => hashes.some((one) => distance(one, upright) <= most));
    fresh = [...fresh, asked].slice(-mostFresh);
    return [...told.alike({ sha256, hashes, most }), ...justNow].filter((one) => one.returnId !== returnId);
  };
  return ({ rules, known, ...upload }) => {
    const more = known.filter(({ no }) => no > toldUpTo);
    toldUpTo = Math.max(toldUpTo, ...more.map(({ no }) => no));
    told.add(more);
    return preCheck({ rules, known: { matches }, decodes })(upload);
  };
}

interface Remembered {
  sha256: string;
  pictureHash: string;
}

function createMemory<T extends Remembered>() {
  const pictures: T[] = [];
  let packed = new Uint32Array(0);
  return {
    add(more: readonly T[]): void {
      if (more.length === 0) return;
      const added = pack(more.map(({ pictureHash }) => pictureHash));
      const all = new Uint32Array(packed.length + added.length);
      all.set(packed);
      all.set(added, packed.length);
      packed = all;
      for (const picture of more) pictures.push(picture);
    },
    alike({ sha256, hashes, most }: Pick<Asked, 'sha256' | 'hashes' | 'most'>): T[] {
      const same = pictures.filter((one) => one.sha256 === sha256);
      return [...same, ...nearIn(packed, hashes, most).map(({ at }) => pictures[at] as T)];
    },
  };
}
