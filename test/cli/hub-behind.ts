// The gateway in place of a running hub: requests of the command line are answered by its real routes.
import { createHub, type Hub, type HubOptions } from '../gateway/hub.ts';
import type { ShellOptions } from './shell.ts';

export function hubBehind(options: HubOptions = {}): { hub: Hub; answer: NonNullable<ShellOptions['hub']> } {
  const hub = createHub(options);
  return {
    hub,
    answer: async ({ method, url, headers, body }) => {
      const response = await hub.app.request(url, { method, headers, ...(body !== undefined && { body }) });
      return { status: response.status, body: await response.text() };
    },
  };
}
