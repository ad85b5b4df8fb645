// What the judge finds wrong: which promise, of which order, in which words.

export interface Fault {
  promise: string;
  message: string;
  /** The order's number or the record's id, for the excerpt. */
  about?: string;
  /** When it shows, for the excerpt. */
  tick?: number;
}

export type Find = (message: string, about?: string, tick?: number) => void;

/** So many places were looked at in which the promise could have been broken. */
export type Checked = (count: number) => void;
