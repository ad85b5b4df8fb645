// Where pictures are looked at, one upload after another, beside everything that was shown before.
import type { EvidenceRules } from '../policy/returns/document.ts';
import type { Match } from './judge.ts';
import { nearIn, pack } from './picture-hash.ts';
import { type PreChecked, preCheck, type RefusedUpload, type Upload } from './pre-check.ts';

/** A picture of another return, or of this one. */
export interface KnownPicture {
  returnId: string;
  customerId: string;
  sha256: string;
  pictureHash: string;
}

export interface Shown extends Upload {
  rules: EvidenceRules;
  /** Those that it was not told before. */
  known: readonly KnownPicture[];
}

export type Bench = (shown: Shown) => Promise<PreChecked | RefusedUpload>;

/** Remembers what it was told: a scan of packed hashes finds what is alike. */
export function createBench(): Bench {
  const pictures: KnownPicture[] = [];
  let packed = new Uint32Array(0);
  const matches = async ({ returnId, sha256, hashes, most }: Parameters<Matches>[0]): Promise<Match[]> => {
    const same = pictures.filter((one) => one.sha256 === sha256).map((one) => ({ ...one, distance: 0 }));
    const near = nearIn(packed, hashes, most).map(({ at, distance }) => ({
      ...(pictures[at] as KnownPicture),
      distance,
    }));
    return [...same, ...near]
      .filter((one) => one.returnId !== returnId)
      .map(({ returnId: id, customerId, distance }) => ({ returnId: id, customerId, distance }));
  };
  return ({ rules, known, ...upload }) => {
    if (known.length > 0) {
      const more = pack(known.map(({ pictureHash }) => pictureHash));
      const all = new Uint32Array(packed.length + more.length);
      all.set(packed);
      all.set(more, packed.length);
      packed = all;
      for (const picture of known) pictures.push(picture);
    }
    return preCheck({ rules, known: { matches } })(upload);
  };
}

type Matches = Parameters<typeof preCheck>[0]['known']['matches'];
