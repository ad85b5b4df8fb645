// The pre-check of a return's evidence: pass, a person, or please again. Pure: pictures and matches in, an outcome with its reasons out.
import type { EvidenceRules } from '../policy/returns/document.ts';
import type { Picture } from './look.ts';
import { distance } from './picture-hash.ts';

export type Outcome = 'pass' | 'review' | 'resubmit';

export interface Check {
  /** Place of the file among those shown; null for all together. */
  file: number | null;
  check: 'size' | 'sharpness' | 'detail' | 'brightness' | 'count' | 'duplicate' | 'time' | 'slow' | 'vision';
  outcome: Outcome;
  text: { en: string; zh: string };
}

/** A picture of another return that is the same or nearly so. */
export interface Match {
  returnId: string;
}

export interface Shown {
  /** undefined: it could not be looked at in time. */
  picture: Picture | undefined;
  /** Of other returns only, whoever's they are. */
  matches: readonly Match[];
}

export interface Case {
  rules: EvidenceRules;
  /** As the customer gave it. */
  reason: string;
  /** ms since 1970; null while not delivered. */
  deliveredAt: number | null;
}

const outcomes: readonly Outcome[] = ['pass', 'review', 'resubmit'];

/** The worst counts, and asking again is worst: what cannot be seen need not be reviewed yet. */
export const worstOf = (checks: readonly Check[]): Outcome =>
  outcomes[Math.max(0, ...checks.map(({ outcome }) => outcomes.indexOf(outcome)))] ?? 'pass';

/** @returns what is wrong; nothing for evidence that passes */
export function judge(shown: readonly Shown[], given: Case): Check[] {
  return [
    ...shown.flatMap(({ picture }, file) => (picture ? quality(picture, file, given.rules) : [slow(file)])),
    ...count(shown, given),
    ...shown.flatMap(({ matches }, file) => duplicates(matches, file)),
    ...shown.flatMap(({ picture }, file) => time(picture, file, given)),
  ];
}

const slow = (file: number): Check => ({
  ...{ file, check: 'slow', outcome: 'review' },
  text: { en: 'Could not be looked at in time: a person does', zh: '图片处理超时，由人工审核' },
});

function quality(picture: Picture, file: number, rules: EvidenceRules): Check[] {
  const { width, height, sharpness, entropy, brightness } = picture;
  const again = (check: Check['check'], en: string, zh: string): Check => ({
    ...{ file, check, outcome: 'resubmit' },
    text: { en, zh },
  });
  const { from, to } = rules.brightness;
  return [
    ...(Math.min(width, height) < rules.minSide
      ? [again('size', `Too small: ${rules.minSide} pixels at the least`, `图片过小，短边至少${rules.minSide}像素`)]
      : []),
    ...(sharpness < rules.sharpnessGte ? [again('sharpness', 'Not sharp enough', '图片模糊')] : []),
    ...(entropy < rules.entropyGte ? [again('detail', 'Shows nothing', '图片无有效内容')] : []),
    ...(brightness < from ? [again('brightness', 'Too dark', '图片过暗')] : []),
    ...(brightness > to ? [again('brightness', 'Too bright', '图片过亮')] : []),
  ];
}

/** Damage is shown from two sides; one picture twice is one picture. */
function count(shown: readonly Shown[], { rules, reason }: Case): Check[] {
  const needed = reason === 'damaged' ? 2 : 1;
  const different: (Picture | undefined)[] = [];
  for (const { picture } of shown)
    if (!picture || !different.some((one) => one && isSame(one, picture, rules.duplicateDistance)))
      different.push(picture);
  if (different.length >= needed) return [];
  const text = { en: `${needed} different pictures are needed`, zh: `需要${needed}张不同的照片` };
  return [{ file: null, check: 'count', outcome: 'resubmit', text }];
}

const isSame = (a: Picture, b: Picture, most: number): boolean =>
  a.sha256 === b.sha256 || b.hashes.some((hash) => distance(a.hashes[0] ?? '', hash) <= most);

function duplicates(matches: readonly Match[], file: number): Check[] {
  const [first] = matches;
  if (!first) return [];
  const text = { en: `Looks like a picture of return ${first.returnId}`, zh: `与退货单${first.returnId}的图片重复` };
  return [{ file, check: 'duplicate', outcome: 'review', text }];
}

function time(picture: Picture | undefined, file: number, { deliveredAt }: Case): Check[] {
  const taken = picture?.takenAtLatest;
  if (taken === undefined || deliveredAt === null || taken >= deliveredAt) return [];
  const text = { en: 'Was taken before the delivery', zh: '照片拍摄于签收之前' };
  return [{ file, check: 'time', outcome: 'review', text }];
}
