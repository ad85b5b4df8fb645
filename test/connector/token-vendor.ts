// A model of a token endpoint whose refresh tokens are good for one use: whoever shows a used one has the whole family revoked.

export interface TokenVendor {
  /** What the endpoint says to a form. */
  answer(form: URLSearchParams): { status: number; body: Record<string, unknown> };
  /** Whether its API takes the access token. */
  takes(token: string | undefined): boolean;
  /** Refresh tokens as they arrived, or the grant where there was none. */
  asked: string[];
  /** The access token in use is taken no more; its refresh token still is. */
  end(): void;
  /** A person has withdrawn the consent. */
  revoke(): void;
  /** A person authorizes anew. @returns the refresh token for the settings */
  authorize(): string;
}

/** @param lifeS of its access tokens (s) */
export function tokenVendor({ lifeS = 3600 } = {}): TokenVendor {
  const asked: string[] = [];
  let count = 0;
  let access: string | undefined;
  let refresh: string | undefined;
  const used = new Set<string>();
  const refused = { status: 400, body: { error: 'invalid_grant' } };
  const revoke = (): void => {
    access = undefined;
    refresh = undefined;
  };
  const vendor: TokenVendor = {
    asked,
    answer: (form) => {
      const shown = form.get('refresh_token');
      asked.push(shown ?? form.get('grant_type') ?? '');
      if (shown !== null && used.has(shown)) revoke();
      if (shown !== null && shown !== refresh) return refused;
      count += 1;
      access = `access-${count}`;
      const tokens = { access_token: access, token_type: 'bearer', expires_in: lifeS };
      if (shown === null) return { status: 200, body: tokens };
      used.add(shown);
      refresh = `refresh-${count}`;
      return { status: 200, body: { ...tokens, refresh_token: refresh } };
    },
    takes: (token) => token !== undefined && token === access,
    end: () => {
      access = undefined;
    },
    revoke,
    authorize: () => {
      refresh = `authorized-${++count}`;
      return refresh;
    },
  };
  return vendor;
}
