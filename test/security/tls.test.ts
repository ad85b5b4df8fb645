// A system whose certificate nobody vouches for gets nothing: no payload, no credentials.
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { http } from '../../connectors/http/index.ts';
import { places, projectFiles } from '../architecture/sources.ts';
import { aSend, connectTo } from '../connectors/connect.ts';

/** Made for this test, signed by itself, for localhost. It guards nothing. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgv5fWadN3iNjNcvBx
OVJmrfuq2eAGnHTT6vnf0oSgJUyhRANCAASgxNOn4z4hzsyUXH9Fm9kBYScT3VBa
OGBdnxP+3FgzfdEHI7/Hs25MU7wEsu7dBlgniZJPNL+mCIhZwwmGutLJ
-----END PRIVATE KEY-----`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIUC8a4ZbjPq/8KOvoGIEFiWQOUEnMwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNjA5MjAyMloYDzIxMjYxMTAy
MDkyMDIyWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASgxNOn4z4hzsyUXH9Fm9kBYScT3VBaOGBdnxP+3FgzfdEHI7/Hs25M
U7wEsu7dBlgniZJPNL+mCIhZwwmGutLJo2kwZzAdBgNVHQ4EFgQUTGzy3cIQwWNk
48U1ACEn/qK5ZhwwHwYDVR0jBBgwFoAUTGzy3cIQwWNk48U1ACEn/qK5ZhwwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhAOmoretLdgfskEdVQ54xLMxZ1BZqnXqDJFncdCjCVOWTAiEAgxV3gaTM
REZKd0cTHO1MGhrClQYpzNklHnfeFr0cRiA=
-----END CERTIFICATE-----`;

let server: Server;
const arrivals: string[] = [];
beforeEach(async () => {
  arrivals.length = 0;
  server = createServer({ key, cert }, (request, response) => {
    arrivals.push(String(request.headers.authorization));
    response.end('{"id":"W-7"}');
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const settings = (path = '') => ({
  url: `https://localhost:${(server.address() as AddressInfo).port}${path}`,
  auth: { bearer: 'token-of-the-wms' },
  records: { shipment: { create: 'POST /shipments' } },
});

describe('a certificate that is signed by itself', () => {
  it('is refused before anything is sent, and the system may be tried again', async () => {
    const connection = connectTo(http, settings());
    await expect(http.push?.(aSend(), connection.context())).rejects.toMatchObject({
      kind: 'unavailable',
      sent: false,
      message: expect.stringContaining('DEPTH_ZERO_SELF_SIGNED_CERT'),
    });
    await connection.destroy();
    expect(arrivals).toEqual([]);
  });

  it('is refused where a token is asked for, too', async () => {
    const { url, records } = settings();
    const auth = { oauth2: { tokenUrl: `${url}/token`, clientId: 'hub', clientSecret: 'client-secret' } };
    const connection = connectTo(http, { url, records, auth });
    await expect(http.check?.(connection.context())).rejects.toMatchObject({ kind: 'unavailable' });
    await connection.destroy();
    expect(arrivals).toEqual([]);
  });
});

it('nothing in the program turns the check of certificates off', () => {
  const code = projectFiles.filter((file) => /^(src|connectors|scripts|Dockerfile|\.ci)/.test(file));
  expect(places(code, /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED|checkServerIdentity/)).toEqual([]);
});
