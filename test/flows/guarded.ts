// A REST system behind an OAuth2 server that replaces its refresh tokens, as a hub is told of it.
import { type TokenVendor, tokenVendor } from '../connector/token-vendor.ts';
import { target } from './documents.ts';
import { type Reply, type System, startSystem } from './system.ts';

export interface Guarded {
  system: System;
  vendor: TokenVendor;
  /** As under `systems` of syncline.yaml. */
  settings(refreshToken: string): object;
  /** Called with each question for a token, behind the answer that is on its way; what it returns goes out instead. */
  onToken: () => Reply | undefined;
}

export async function startGuarded(): Promise<Guarded> {
  const system = await startSystem();
  const vendor = tokenVendor();
  const guarded: Guarded = {
    system,
    vendor,
    onToken: () => undefined,
    settings: (refreshToken) => {
      const client = { clientId: 'hub', clientSecret: 'a-client-secret', credentialsIn: 'form' };
      const oauth2 = { tokenUrl: `${system.url}/token`, ...client, refreshToken };
      return target(system, { settings: { auth: { oauth2 } } });
    },
  };
  system.reply = ({ path, text, headers }) => {
    if (path === '/token') {
      const answer = vendor.answer(new URLSearchParams(text));
      return guarded.onToken() ?? answer;
    }
    return vendor.takes(headers.authorization?.replace('Bearer ', '')) ? undefined : { status: 401 };
  };
  return guarded;
}
