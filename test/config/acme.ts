// The connector package that docs/connectors.md shows, file by file.
import { read } from '../architecture/sources.ts';

const page = read('docs/connectors.md');
const shown = (start: string): string =>
  [...page.matchAll(/^```\w+\n([\s\S]*?)^```/gm)].map(([, text = '']) => text).find((text) => text.startsWith(start)) ??
  '';

export const manifest = shown('{\n  "name": "@acme/syncline-parcels"');
export const code = shown('// Parcels of Acme');
export const proof = shown('// parcels.test.js');
