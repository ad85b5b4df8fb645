// Trees as JSON text. Rows are never changed in place, and one tree stands in several of them (a record and the image
// of the system that told it, a send and the image it leaves), so the text of a tree is made once.
import type { JsonObject } from '../../model/json.ts';

const texts = new WeakMap<JsonObject, string>();

export function treeText(tree: JsonObject): string {
  const known = texts.get(tree);
  if (known !== undefined) return known;
  const text = JSON.stringify(tree);
  texts.set(tree, text);
  return text;
}
