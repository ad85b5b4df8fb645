// A page of a feed as XML: an element for each item, its members as elements by their names, rows as repeated elements.
import { XMLBuilder } from 'fast-xml-parser';
import type { FeedProfiles } from '../connector/contract.ts';
import type { FeedItem } from '../core/core.ts';
import { type Lossless, type LosslessObject, NumberText, parseJson } from '../model/json.ts';
import { isTree } from '../model/own.ts';
import { bytesOf, characterName, unwritableIn } from './charset.ts';
import type { PageWriter } from './written.ts';

type XmlProfile = FeedProfiles['xml'];

/** Its types do not know `entities`. */
const dialect = {
  ...{ ignoreAttributes: false, attributeNamePrefix: '@', suppressBooleanAttributes: false, suppressEmptyNode: true },
  entities: [
    { regex: /&/g, val: '&amp;' },
    { regex: />/g, val: '&gt;' },
    { regex: /</g, val: '&lt;' },
    { regex: /'/g, val: '&apos;' },
    { regex: /"/g, val: '&quot;' },
    // A parser would make \r an end of line, and all three a blank in an attribute.
    { regex: /\r/g, val: '&#13;' },
    { regex: /\n/g, val: '&#10;' },
    { regex: /\t/g, val: '&#9;' },
  ],
};
const builder = new XMLBuilder(dialect);

export function xmlWriter({ charset }: XmlProfile): PageWriter {
  return {
    type: `application/xml; charset=${charset}`,
    faultOf: ({ data, externalId }) =>
      firstFault(
        [
          { path: 'externalId', value: externalId },
          { path: '', value: parseJson(data) },
        ],
        charset,
      ),
    write: ({ items, next, more }) => {
      const feed = { '@next': next, '@more': String(more), item: items.map(elementOf) };
      return bytesOf(`<?xml version="1.0" encoding="${charset}"?>\n${builder.build({ feed })}\n`, charset);
    },
  };
}

type Tree = string | Tree[] | { [name: string]: Tree };

function elementOf({ data, externalId, record, id, op, seq, changedAt }: FeedItem): Tree {
  const given: Record<string, Tree> = externalId === null ? {} : { '@externalId': externalId };
  const facts = { '@record': record, '@id': id, ...given, '@op': op, '@seq': seq, '@changedAt': changedAt };
  return { ...facts, ...(treeOf(parseJson(data)) as object) };
}

/** Null is an empty element; what is absent has none. */
function treeOf(value: Lossless): Tree {
  if (value === null) return '';
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return value.map(treeOf);
  if (isTree(value)) return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, treeOf(one)]));
  return String(value);
}

interface Place {
  path: string;
  value: Lossless;
}

function firstFault(places: Place[], charset: XmlProfile['charset']): string | undefined {
  for (let place = places.pop(); place !== undefined; place = places.pop()) {
    const { path, value } = place;
    if (typeof value === 'string') {
      const fault = textFault(value, charset);
      if (fault !== undefined) return `${path}: ${fault}`;
    }
    if (Array.isArray(value)) {
      if (value.some(Array.isArray)) return `${path}: XML cannot say a list within a list`;
      places.push(...value.map((one, at) => ({ path: `${path}.${at}`, value: one })));
    } else if (isTree(value)) {
      const members = Object.entries(value as LosslessObject);
      const unfit = members.find(([name]) => !isName(name, charset));
      if (unfit) return `${below(path, unfit[0])}: "${unfit[0]}" cannot be the name of an XML element`;
      places.push(...members.map(([name, one]) => ({ path: below(path, name), value: one })));
    }
  }
  return undefined;
}

const below = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const isName = (name: string, charset: XmlProfile['charset']): boolean =>
  /^[\p{L}_][\p{L}\p{M}\p{Nd}._-]*$/u.test(name) && unwritableIn(name, charset) === undefined;

// biome-ignore lint/suspicious/noControlCharactersInRegex: those that XML 1.0 has no way to write
const unwritable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function textFault(text: string, charset: XmlProfile['charset']): string | undefined {
  const [control] = unwritable.exec(text) ?? [];
  if (control !== undefined) return `${characterName(control)} cannot be written in XML`;
  const character = unwritableIn(text, charset);
  return character && `${characterName(character)} cannot be written in ${charset}, the encoding of the XML`;
}
