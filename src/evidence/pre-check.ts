// The automatic pre-check of what a customer uploads for a return, without internet.
import type { EvidenceRules } from '../policy/returns/document.ts';
import { type Check, judge, type Match, type Outcome, worstOf } from './judge.ts';
import { fileLimits, look, type Picture, smaller, type Unseen } from './look.ts';
import type { PictureHash } from './picture-hash.ts';
import type { AtOnce } from './queue.ts';

/** The pictures of other returns: the customer's own, and those of others of the last twelve months. */
export interface KnownPictures {
  matches(asked: {
    returnId: string;
    sha256: string;
    hashes: readonly PictureHash[];
    most: number;
  }): Promise<readonly Match[]>;
}

export interface PreCheckOptions {
  known: KnownPictures;
  rules: EvidenceRules;
  /** How many decodes there are at once, over all uploads. */
  decodes: AtOnce;
}

export interface Upload {
  returnId: string;
  reason: string;
  deliveredAt: number | null;
  files: readonly Uint8Array[];
  /** Somebody else looks too, at pictures whose longer side has so many pixels. */
  smallerTo?: number;
}

export interface PreChecked {
  outcome: Outcome;
  checks: readonly Check[];
  pictures: readonly Picture[];
  /** JPEGs for whoever else looks; none where the customer is asked again anyway. */
  smaller: readonly Uint8Array[];
}

/** A file that is no picture of ours: nothing of the upload counts. */
export interface RefusedUpload {
  refused: { file: number | null; why: Extract<Unseen, { refused: unknown }>['refused'] | 'none' | 'too_many_files' }[];
}

export type PreCheck = (upload: Upload) => Promise<PreChecked | RefusedUpload>;

export function preCheck(options: PreCheckOptions): PreCheck {
  const { decodes } = options;
  return async function preCheckUpload(upload) {
    const { files } = upload;
    if (files.length === 0) return { refused: [{ file: null, why: 'none' }] };
    if (files.length > fileLimits.files) return { refused: [{ file: null, why: 'too_many_files' }] };
    const seen = await lookAtAll(files, decodes);
    const refused = seen.flatMap((one, file) => ('refused' in one ? [{ file, why: one.refused }] : []));
    if (refused.length > 0) return { refused };
    const pictures = seen.flatMap((one) => ('hashes' in one ? [one] : []));
    const checks = judge(await compare(seen, upload, options), { ...upload, rules: options.rules });
    const outcome = worstOf(checks);
    const { smallerTo } = upload;
    const isShown = smallerTo !== undefined && outcome !== 'resubmit';
    const copies = isShown ? pictures.map(({ kept }) => decodes(() => smaller(kept, smallerTo))) : [];
    return { outcome, checks, pictures, smaller: await Promise.all(copies) };
  };
}

const lookAtAll = (files: readonly Uint8Array[], decodes: AtOnce): Promise<(Picture | Unseen)[]> =>
  Promise.all(files.map((bytes) => decodes(() => look(bytes))));

const compare = (seen: readonly (Picture | Unseen)[], { returnId }: Upload, { known, rules }: PreCheckOptions) =>
  Promise.all(
    seen.map(async (one) => {
      if (!('hashes' in one)) return { picture: undefined, matches: [] };
      const { sha256, hashes } = one;
      const matches = await known.matches({ returnId, sha256, hashes, most: rules.duplicateDistance });
      return { picture: one, matches };
    }),
  );
