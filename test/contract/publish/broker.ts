// What the publish contract needs to know of a broker: how to reach it, and what a consumer finds in it.
import type { Connector } from '../../../src/connector/contract.ts';

export interface Kept {
  /** As the broker shows it to consumers beside the body. */
  id: string | undefined;
  /** Subject or topic. */
  place: string;
  body: string;
}

/** One for each test, empty. */
export interface Broker {
  /** On this machine; the suite puts a gate before it. */
  port: number;
  /** As `syncline.yaml` would have them, for the broker at that port. @param more members of a stream */
  settings(port: number, more?: object): object;
  wrongCredentials(port: number): object;
  /** In the order in which a consumer gets them; a repeat that the broker recognises by itself is one message. */
  kept(): Promise<Kept[]>;
  close(): Promise<void>;
}

export interface BrokerSubject {
  connector: Connector;
  open(): Promise<Broker>;
  /** The broker refuses events of more bytes, in these words. */
  tooLarge: { bytes: number; words: RegExp };
}
