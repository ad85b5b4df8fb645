// A street without what changes inside it: numbers, buildings, rooms. Two places in one street are no change of address.

const ordinal = /\b(\d+)(?:st|nd|rd|th)\b/g;
/** "5th avenue" is a street, and no house number. */
const spelt = (_: string, digits: string): string => [...digits].map((digit) => 'abcdefghij'[Number(digit)]).join('');
const houseNumberFirst = /^(?:no\.?\s*)?\d+[a-z]?(?:[-/]\d+)?[\s,.]+/;
const numberedInWords = /[一二三四五六七八九十百]+[号弄栋幢室楼].*$/u;
const roomWords = /\b(?:apt|apartment|unit|suite|ste|room|rm|floor|flat|no)\b.*$/;

/** @returns equal texts for one street, however its house was written; "" for none */
export function normalStreet(written: string): string {
  // Strangers write it: no street is longer, and no pattern is to be kept busy.
  const text = written
    .slice(0, 300)
    .normalize('NFKC')
    .toLowerCase()
    .trim()
    .replace(ordinal, spelt)
    .replace(houseNumberFirst, '');
  const street = /^[^\d#]+/.exec(text)?.[0] ?? text;
  return street
    .replace(numberedInWords, '')
    .replace(roomWords, '')
    .replace(/[^\p{L}\p{N}]/gu, '');
}
