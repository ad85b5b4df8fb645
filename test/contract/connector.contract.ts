// What every connector must keep, whatever it can do. A factory makes a model of its vendor, served over a real socket.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { abilities } from '../../src/connector/registry.ts';
import { readSettings } from '../../src/connector/settings.ts';
import type { Asked } from './connector/case.ts';
import { connectorCases } from './connector/cases.ts';
import { type Report, reportFile, reportOf } from './connector/report.ts';
import { openScene, type Scene } from './connector/scene.ts';
import { type ConnectorSubject, nameOf } from './connector/subject.ts';

/**
 * Proves every case that the capabilities ask for, and keeps the report of it.
 * @param report where: for those of this repository one place, else a path beside the test
 */
export function connectorContract(subject: ConnectorSubject, report = reportFile(subject)): void {
  describe(`${nameOf(subject)} keeps the contract`, () => {
    const asked = askedOf(subject);
    const outcomes: Report['cases'] = {};
    let scene: Scene;
    beforeEach(async () => {
      scene = await openScene(subject);
    });
    afterEach(() => scene.close());

    for (const { id, title, notFor, prove } of connectorCases) {
      const reason = notFor(asked);
      outcomes[id] = reason === undefined ? 'failed' : `n/a: ${reason}`;
      if (reason !== undefined) continue;
      it(title, async () => {
        await prove(scene);
        outcomes[id] = 'pass';
      });
    }

    it('has the report that is kept of it', async () => {
      await expect(reportOf(subject, outcomes)).toMatchFileSnapshot(report);
    });
  });
}

function askedOf(subject: ConnectorSubject): Asked {
  const reading = readSettings(subject.connector.settings, subject.settings('http://127.0.0.1:9'));
  if ('faults' in reading) throw new Error(`settings of ${nameOf(subject)}: ${JSON.stringify(reading.faults)}`);
  return { subject, abilities: abilities(subject.connector, reading.settings) };
}
