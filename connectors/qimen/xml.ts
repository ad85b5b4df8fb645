// XML of the Qimen protocol: a tree of texts, no attributes; and nothing that a document declares for itself.
import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { ConnectorError } from '../../src/connector/contract.ts';
import { type Lossless, type LosslessObject, NumberText } from '../../src/model/json.ts';
import { isTree } from '../../src/model/own.ts';

const builder = new XMLBuilder({ ignoreAttributes: true, processEntities: true, suppressEmptyNode: false });

/** Elements that repeat, and come as one alone too. */
const repeated = new Set(['orderLine', 'package', 'item', 'process', 'order']);

const parser = new XMLParser({
  ignoreAttributes: true,
  // Codes have leading zeros, ids more digits than a number.
  parseTagValue: false,
  trimValues: true,
  isArray: (name) => repeated.has(name),
});

/**
 * @param request member by member what stands below `<request>`
 * @throws ConnectorError invalid for what XML cannot say
 */
export function writeXml(request: LosslessObject): string {
  return `<?xml version="1.0" encoding="utf-8"?>${builder.build({ request: textsOf(request) })}`;
}

type Texts = string | Texts[] | { [name: string]: Texts };

/** Nothing and null are an empty element. */
function textsOf(value: Lossless | undefined): Texts {
  if (value === null || value === undefined) return '';
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return value.map(textsOf);
  if (isTree(value))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [nameOf(name), textsOf(one)]));
  return legible(String(value));
}

function nameOf(name: string): string {
  if (/^[A-Za-z_][\w.-]*$/.test(name)) return name;
  throw new ConnectorError('invalid', `"${name}" cannot be the name of an XML element`, { sent: false });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those that XML 1.0 has no way to write
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function legible(text: string): string {
  if (!unwritable.test(text)) return text;
  throw new ConnectorError('invalid', 'a text has a control character, which XML cannot hold', { sent: false });
}

/** @returns what stands below `<response>`; undefined where the text is no such document */
export function readResponse(text: string): LosslessObject | undefined {
  // Entities of its own could make a short text a very long one.
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) return undefined;
  try {
    const { response } = parser.parse(text, true) as { response?: unknown };
    return isTree(response) ? (response as LosslessObject) : undefined;
  } catch {
    return undefined;
  }
}
