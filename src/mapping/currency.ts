// ISO 4217: which codes exist and how many digits their minor unit has.

const codes: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** Where ISO 4217 differs from two digits; Intl follows CLDR, which rounds some of them to what is used in cash. */
const exceptions: ReadonlyMap<string, number> = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
  ['CLF', 4],
  ['UYW', 4],
]);

export const isCurrency = (code: string): boolean => codes.has(code);

export const minorDigits = (currency: string): number => exceptions.get(currency) ?? 2;
