// Takes the secrets that we sent out of what came back, in every spelling a system may echo them in.

const blank = '[hidden]';
/** Tokens and refresh tokens are renewed: the newest few are what an answer can still echo. */
const renewedLimit = 8;

export interface Redactor {
  (text: string): string;
  /** A secret that came up later, such as an access token. */
  add(secret: string): void;
}

export function createRedactor(secrets: readonly string[]): Redactor {
  const renewed: string[] = [];
  const fixed = spellings(secrets);
  let known = fixed;
  const redact = (text: string): string => {
    let clean = text;
    for (const spelling of known) if (clean.includes(spelling)) clean = clean.replaceAll(spelling, blank);
    return clean;
  };
  return Object.assign(redact, {
    add: (secret: string) => {
      if (renewed.includes(secret)) return;
      renewed.push(secret);
      if (renewed.length > renewedLimit) renewed.shift();
      known = longestFirst([...fixed, ...spellings(renewed)]);
    },
  });
}

/** Longest first, so that a secret which holds another one goes as a whole. */
const longestFirst = (texts: string[]): string[] => [...new Set(texts)].sort((a, b) => b.length - a.length);

function spellings(secrets: readonly string[]): string[] {
  const all = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(Buffer.from(secret).toString()),
      Buffer.from(secret).toString('base64'),
    ]);
  return longestFirst(all);
}
