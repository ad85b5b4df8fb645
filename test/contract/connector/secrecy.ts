// Secrets and personal data end here: not in shown settings, not in errors, not in the log.
import { expect } from 'vitest';
import { maskSettings, secretValues } from '../../../src/connector/secret.ts';
import { createLog } from '../../../src/log.ts';
import type { Fault } from '../../connectors/msw-server.ts';
import { type Case, overSocket } from './case.ts';
import { actsOf, failureOf, type Scene } from './scene.ts';

async function masksSettings({ subject, server }: Scene): Promise<void> {
  const { settings } = subject.connector;
  const raw = subject.settings(server.url);
  expect(secretValues(settings, raw)).toEqual(expect.arrayContaining([...subject.secrets]));
  holdsNone(JSON.stringify(maskSettings(settings, raw)), subject.secrets);
}

function holdsNone(text: string, hidden: readonly string[]): void {
  expect(hidden.filter((one) => text.includes(one))).toEqual([]);
}

const echoing: Fault = (arrival, response) => {
  response.writeHead(400, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ seen: arrival, message: 'no' }));
  return true;
};

/** A system that sends back everything it was sent, and says no; one that is no HTTP hangs up. */
async function errorsHoldNone(scene: Scene): Promise<void> {
  const { secrets, personal } = scene.subject;
  const acts = actsOf(scene);
  if (scene.server.http) scene.server.http.fault(echoing);
  else scene.server.fail('reset');
  for (const { what, run } of acts) {
    const error = await failureOf(run(scene.connection));
    // What the system answered may be looked at with the scope `pii`; secrets never.
    holdsNone(`${what} ${error.message} ${error.stack} ${error.body}`, secrets);
    holdsNone(logged(error, secrets), [...secrets, ...personal]);
  }
}

/** At its most talkative. */
function logged(err: Error, secrets: readonly string[]): string {
  const lines: string[] = [];
  const log = createLog({ level: 'trace', secrets, to: { write: (line: string) => void lines.push(line) } });
  log.error({ err, system: 'wms' }, 'it could not be sent');
  expect(lines).toHaveLength(1);
  return lines.join('');
}

export const secrecy: Case[] = [
  {
    id: 'settings_masked',
    title: 'secrets of the settings are marked, and masked where they are shown',
    notFor: ({ subject }) =>
      subject.secrets.length === 0 ? (subject.noSocket ?? 'its settings have no secrets') : undefined,
    prove: masksSettings,
  },
  {
    id: 'errors_masked',
    title: 'no error holds a secret, no log line personal data',
    notFor: overSocket,
    prove: errorsHoldNone,
  },
];
