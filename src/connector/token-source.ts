// A token that is asked for when it is needed and used until it ends: one request for it at a time, shared by everyone who waits.

export interface Token {
  token: string;
  /** ms since 1970; asked for anew from then on. */
  until: number;
}

export interface TokenSource {
  /** @throws ConnectorError, with `sent: false`: the request it was meant for never left */
  get(): Promise<string>;
  /** The system refused this token: the next {@link get} asks for another. */
  forget(token: string): void;
}

export interface TokenOptions {
  ask(): Promise<Token>;
  now(): number;
  /** Told of each token before it is used. */
  onToken(token: string): void;
}

export function createTokenSource({ ask, now, onToken }: TokenOptions): TokenSource {
  let current: Token | undefined;
  let asking: Promise<string> | undefined;
  const renew = async (): Promise<string> => {
    current = await ask();
    onToken(current.token);
    return current.token;
  };
  return {
    get: async () => {
      if (current && now() < current.until) return current.token;
      asking ??= renew().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    forget: (token) => {
      if (current?.token === token) current = undefined;
    },
  };
}
