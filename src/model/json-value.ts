// The shapes of JSON values: canonical data, and payloads whose numbers must survive digit for digit.

/** Canonical data: plain JSON. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A JSON number that a double cannot hold exactly, kept as it was written. */
export class NumberText {
  /** JSON.stringify, which would write it as an object, has come by one. */
  static met = false;
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toJSON(): this {
    NumberText.met = true;
    return this;
  }
}

/** A payload: JSON whose awkward numbers keep their text. */
export type Lossless = null | boolean | number | string | NumberText | Lossless[] | LosslessObject;
export interface LosslessObject {
  [key: string]: Lossless;
}

/** Text that is not acceptable JSON; `path` is the JSON pointer of the place. */
export class JsonFault extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.name = 'JsonFault';
    this.path = path;
  }
}

/** @returns the pointer of a member, escaped as RFC 6901 asks */
export const pointer = (parent: string, member: string | number): string =>
  `${parent}/${String(member).replaceAll('~', '~0').replaceAll('/', '~1')}`;
