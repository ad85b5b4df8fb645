// All texts, cut into the few classes that the conditions can tell apart, each with one text that stands for it.

export interface TextClass {
  /** A member of the class; `exact`: the only one. */
  word: string;
  exact: boolean;
  /** What every member begins with. */
  prefix: string;
}

/**
 * One class for each constant, and one for each prefix: the texts that begin with it and with no longer one.
 * @param usual stands for its class
 */
export function textClasses(constants: ReadonlySet<string>, prefixes: ReadonlySet<string>, usual: string): TextClass[] {
  const exact = [...constants].map((word) => ({ word, exact: true, prefix: word }));
  const all = new Set(['', ...prefixes]);
  const longest = (text: string): string =>
    [...all].filter((prefix) => text.startsWith(prefix)).reduce((a, b) => (b.length > a.length ? b : a), '');
  const regions = [...all].map((prefix) => {
    const isIn = (word: string): boolean => !constants.has(word) && longest(word) === prefix;
    return { word: isIn(usual) ? usual : aWordIn(prefix, isIn), exact: false, prefix };
  });
  return [...exact, ...regions];
}

const fillers = 'x0abcdefghijklmnopqrstuvwyz123456789';

/** Constants and prefixes are finitely many, so some longer text is in the class. */
function aWordIn(prefix: string, isIn: (word: string) => boolean): string {
  if (isIn(prefix)) return prefix;
  for (let filler = ''; ; filler += 'x') {
    const found = [...fillers].map((last) => prefix + filler + last).find(isIn);
    if (found !== undefined) return found;
  }
}

/** The class that a text is in. */
export function classOf(classes: readonly TextClass[], text: string): number {
  const exact = classes.findIndex((one) => one.exact && one.word === text);
  if (exact >= 0) return exact;
  let best = -1;
  classes.forEach(({ exact: isExact, prefix }, index) => {
    const longer = best < 0 || prefix.length > (classes[best] as TextClass).prefix.length;
    if (!isExact && text.startsWith(prefix) && longer) best = index;
  });
  return best;
}
