import { describe, expect, it } from 'vitest';
import { hubBehind } from './hub-behind.ts';
import { openShell } from './shell.ts';

const shellOf = (hub: ReturnType<typeof hubBehind>) =>
  openShell({ hub: hub.answer, env: { SYNCLINE_KEY: 'k-operate' } });

describe('replay', () => {
  it('sends one dead letter again', async () => {
    const behind = hubBehind();
    const shell = shellOf(behind);
    expect(await shell.syncline('replay', 'dl_1')).toMatchObject({ code: 0, out: 'dl_1 is sent again, as change 8\n' });
    expect(await shell.json('replay', 'dl_1')).toEqual({ id: 'dl_1', seq: '8' });
    expect(behind.hub.core.last('replay')).toEqual(['dl_1', undefined, 'ops']);
  });

  it('sends those again that fit', async () => {
    const behind = hubBehind();
    const { out } = await shellOf(behind).syncline(
      'replay',
      '--system',
      'wms',
      '--kind',
      'rejected',
      '--since',
      '2026-11-22T05:00:00+08:00',
    );
    expect(out).toBe('41 dead letters sent again\n');
    const filter = { system: 'wms', kind: 'rejected', since: '2026-11-21T21:00:00.000Z' };
    expect(behind.hub.core.last('replayMany')).toEqual([filter, false, 'ops']);
  });

  it('counts them only', async () => {
    const behind = hubBehind();
    expect(await shellOf(behind).json('replay', '--record', 'order', '--since', '2h', '--dry-run')).toEqual({
      count: 41,
      dryRun: true,
    });
    expect(behind.hub.core.last('replayMany')).toEqual([
      { record: 'order', since: '2026-11-23T03:00:00.000Z' },
      true,
      'ops',
    ]);
  });

  it('says what the hub says', async () => {
    const shell = shellOf(hubBehind());
    expect(await shell.syncline('replay', 'dl_9')).toMatchObject({
      code: 1,
      err: 'syncline: there is no dead letter dl_9\n',
    });
    expect((await shell.syncline('replay', '--record', 'ordr')).err).toContain('/filter/record: ');
    expect((await shell.syncline('replay', '--kind', 'rejectd')).err).toContain('/filter/kind: ');
    expect(await shell.syncline('replay', '--system', 'wsm', '--dry-run')).toMatchObject({
      code: 1,
      err: 'syncline: Invalid request\n  /filter/system: there is no system "wsm"; did you mean "wms"?\n',
    });
  });

  it('needs a hub that runs', async () => {
    const { code, err } = await openShell().syncline('replay', 'dl_1');
    expect(code).toBe(1);
    expect(err).toContain('no hub answers at http://127.0.0.1:9; start it with "syncline serve"');
  });

  it('tells of a hub that breaks off', async () => {
    const { answer } = hubBehind();
    const shell = openShell({
      hub: async (request) => {
        if (request.url.endsWith('/healthz')) return answer(request);
        throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
      },
    });
    expect((await shell.syncline('replay', 'dl_1')).err).toContain(
      'broke off before it answered: the connection was cut',
    );
  });
});
