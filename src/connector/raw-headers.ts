// Header lines of an answer as undici reads them, name and value by turns: made text only for those that somebody asks for.

export type RawHeaders = readonly Buffer[];

/**
 * @param name in lower case
 * @returns repeated ones joined by a comma
 */
export function headerIn(headers: RawHeaders, name: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    if (!isNamed(headers[at] as Buffer, name)) continue;
    const value = (headers[at + 1] as Buffer).toString('latin1');
    found = found === undefined ? value : `${found}, ${value}`;
  }
  return found;
}

const isNamed = (bytes: Buffer, name: string): boolean =>
  bytes.length === name.length && bytes.toString('latin1').toLowerCase() === name;
