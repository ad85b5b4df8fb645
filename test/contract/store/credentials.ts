// Sealed tokens and sessions over a store: written only over what was read, kept over a restart and in a backup.
import { describe, expect, it } from 'vitest';
import type { Harness } from './harness.ts';

export function credentialsContract(given: () => Harness): void {
  describe('credentials', () => {
    it('are nothing until a renewal has begun, and empty until one has ended', async () => {
      const { credentials } = given().store;
      expect(await credentials.read('crm')).toBeUndefined();
      expect(await credentials.begin('crm', 5_000)).toMatchObject({ version: 0, sealed: '', begun: 1 });
      expect(await credentials.read('crm')).toMatchObject({ version: 0, sealed: '' });
      expect(await credentials.write('crm', 'sealed-1', 0)).toBe(true);
      expect(await credentials.read('crm')).toEqual({ version: 1, sealed: 'sealed-1', age: expect.any(Number) });
      expect(await credentials.read('wms')).toBeUndefined();
    });

    it('are written only over the version that was read', async () => {
      const { credentials } = given().store;
      await credentials.begin('crm', 5_000);
      await credentials.write('crm', 'one', 0);
      expect(await credentials.write('crm', 'late', 0)).toBe(false);
      expect(await credentials.write('crm', 'two', 1)).toBe(true);
      expect(await credentials.read('crm')).toMatchObject({ version: 2, sealed: 'two' });
      expect(await credentials.write('never begun', 'x', 0)).toBe(false);
    });

    it('tell of a renewal that never ended, until one does; one that is given back was none', async () => {
      const harness = given();
      const { credentials } = harness.store;
      await credentials.begin('crm', 5_000);
      await credentials.end('crm');
      await credentials.end('crm');
      expect((await credentials.begin('crm', 5_000))?.begun).toBe(1);
      const { credentials: later } = await harness.reopen();
      const begun = await later.begin('crm', 5_000);
      // Its lease outlives the process that is gone: on PostgreSQL another one waits for its end.
      if (begun === undefined) return;
      expect(begun.begun).toBe(2);
      await later.end('crm');
      expect((await later.begin('crm', 5_000))?.begun).toBe(2);
      await later.write('crm', 'sealed', begun.version);
      expect((await later.begin('crm', 5_000))?.begun).toBe(1);
    });

    it('outlive a restart, and stand in a backup as they are: sealed', async () => {
      const harness = given();
      await harness.store.credentials.begin('crm', 5_000);
      await harness.store.credentials.write('crm', 'sealed-1', 0);
      const reopened = await harness.reopen();
      expect(await reopened.credentials.read('crm')).toMatchObject({ version: 1, sealed: 'sealed-1' });
      const { target, open } = harness.backupTo();
      await reopened.backup(target);
      const copy = await open();
      expect(await copy.credentials.read('crm')).toMatchObject({ version: 1, sealed: 'sealed-1' });
      await copy.close();
    });
  });
}
