// How requests prove who we are: the settings for it, and the header that follows.
import { z } from 'zod';
import { httpUrl } from './fields.ts';
import type { HttpAnswer } from './http.ts';
import { secret } from './secret.ts';
import { faultOfSecret } from './standard-webhooks.ts';

const printable = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const headerSafe = (schema: z.ZodString) =>
  schema.regex(printable, 'must be printable ASCII without blanks at the ends');
const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
/** They frame or sign the request: the hub writes them, and nobody else. */
const ownHeaders =
  /^(accept-encoding|connection|content-.*|expect|host|idempotency-key|keep-alive|proxy-.*|te|traceparent|tracestate|trailer|transfer-encoding|upgrade|webhook-.*)$/i;

/** Secret of Standard Webhooks: `whsec_…` or plain text. */
export const signingSecret = (): z.ZodString =>
  secret()
    .superRefine((text, check) => {
      const fault = faultOfSecret(text);
      if (fault !== undefined) check.addIssue({ code: 'custom', message: fault });
    })
    .meta({ secret: true });

export const oauth2Settings = z.strictObject({
  tokenUrl: httpUrl(),
  clientId: z.string().min(1),
  clientSecret: secret(),
  scope: z.string().min(1).optional(),
  /** Tokens are had by it instead of by the client alone (RFC 6749, 6). */
  refreshToken: secret().optional(),
  /** Where the client's id and secret go: the Authorization header (RFC 6749) or the form. */
  credentialsIn: z.enum(['header', 'form']).default('header'),
});

export const authSettings = z
  .strictObject({
    bearer: headerSafe(secret()).meta({ secret: true }).optional(),
    basic: z.strictObject({ username: z.string(), password: secret() }).optional(),
    header: z
      .strictObject({
        name: z
          .string()
          .regex(headerName, 'must be a header name')
          .refine((name) => !ownHeaders.test(name), 'is written by the hub itself; name another header'),
        value: headerSafe(secret()).meta({ secret: true }),
      })
      .optional(),
    oauth2: oauth2Settings.optional(),
  })
  .refine((auth) => Object.values(auth).filter((way) => way !== undefined).length === 1, {
    message: 'must have exactly one of bearer, basic, header, oauth2',
  });

export type AuthSettings = z.output<typeof authSettings>;
export type OAuth2Settings = z.output<typeof oauth2Settings>;

export interface Credentials {
  auth?: AuthSettings | undefined;
  /** Name and value of the header that carries an OAuth2 token; `Authorization: Bearer` unless said otherwise. */
  tokenHeader?(token: string): [name: string, value: string];
  /** Everything we send with an idempotency key is signed with it (Standard Webhooks). */
  sign?: string | undefined;
  /** A session is opened with these and used until it is refused. */
  login?: Login | undefined;
}

/** How a session is opened, where a system gives out tokens for a name and a password. */
export interface Login {
  origin: string;
  path: string;
  /** JSON, sent by POST. */
  body: string;
  /** @throws ConnectorError unauthorized when the answer is a refusal */
  token(answer: HttpAnswer): string;
  /** Name and value of the header that carries it. */
  header(token: string): [name: string, value: string];
  /** Says that the session is over, beside 401; such an answer has changed nothing. */
  isOver?(answer: HttpAnswer): boolean;
  /**
   * Several processes may use one session at once, and go on with it after a restart: it is kept in the store, sealed. Say so
   * only of what is known of the system; without it each process opens a session of its own, and keeps it in memory.
   */
  shared?: true;
}

/** @returns name and value of the header that stays the same for every request */
export function fixedHeader(auth: AuthSettings | undefined): [name: string, value: string] | undefined {
  if (auth?.bearer !== undefined) return ['authorization', `Bearer ${auth.bearer}`];
  if (auth?.basic !== undefined) return ['authorization', basicHeader(auth.basic.username, auth.basic.password)];
  if (auth?.header !== undefined) return [auth.header.name, auth.header.value];
  return undefined;
}

export const basicHeader = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/** Every text in them that must not come back in a stored answer, the header's coded form included. */
export function secretsOf({ auth, sign }: Credentials): string[] {
  const value = fixedHeader(auth)?.[1];
  const own = [auth?.bearer, auth?.basic?.password, auth?.oauth2?.clientSecret, auth?.oauth2?.refreshToken];
  const secrets = [...own, sign, sign?.replace(/^whsec_/, '')];
  // `Basic dXNlcjpwYXNz`, `Token abc`: the part behind the scheme is a secret of its own.
  return [...secrets, value, value?.split(' ').at(-1)].filter((text) => text !== undefined);
}
