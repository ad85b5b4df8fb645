import { describe, expect, it } from 'vitest';
import { createLog, type LogOptions, withoutCredentials } from '../../src/log.ts';

function capture(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const log = createLog({ level: 'info', ...options, to: { write: (line: string) => void lines.push(line) } });
  return { log, lines, only: () => JSON.parse(lines.join('')) as Record<string, unknown> };
}

describe('the log', () => {
  it('writes one JSON line with level, time and fields', () => {
    const { log, only, lines } = capture();
    log.info({ system: 'wms', outcome: 'delivered' }, 'attempt');
    expect(only()).toMatchObject({ level: 'info', system: 'wms', outcome: 'delivered', msg: 'attempt' });
    expect(only().time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
    log.debug('not at this level');
    expect(lines).toHaveLength(1);
  });

  it('hides bodies and secrets by name, at any depth', () => {
    const { log, lines } = capture();
    log.info(
      { body: 'CANARY', request: { headers: { authorization: 'CANARY' }, list: [{ password: 'CANARY' }] } },
      'x',
    );
    expect(lines.join('')).not.toContain('CANARY');
  });

  it('hides known secrets wherever they turn up', () => {
    const { log, lines } = capture({ secrets: ['s3cret-"quoted"', 'pw'] });
    log.warn({ message: 'said s3cret-"quoted" twice' }, 's3cret-"quoted" and upwards');
    expect(lines.join('')).not.toContain('s3cret');
    expect(lines.join('')).toContain('upwards');
  });

  it('reduces errors to what they say; a stack only at debug', () => {
    const error = Object.assign(new TypeError('no route to http://user:pw@host/path?token=1'), {
      code: 'EHOSTUNREACH',
      request: { _header: 'CANARY' },
    });
    const quiet = capture();
    quiet.log.error({ err: error }, 'failed');
    expect(quiet.only().err).toEqual({
      type: 'TypeError',
      message: 'no route to http://host/path',
      code: 'EHOSTUNREACH',
    });
    const loud = capture({ level: 'debug' });
    loud.log.error({ err: error, cause: { deep: error } }, 'failed');
    expect((loud.only().err as { stack: string }).stack).toContain('log.test.ts');
    expect(loud.lines.join('')).not.toContain('CANARY');
  });

  it('takes the text out of what the JSON parser says of it', () => {
    const quoted = (text: string): unknown => {
      try {
        return JSON.parse(text);
      } catch (error) {
        return error;
      }
    };
    const { log, lines } = capture({ level: 'debug' });
    for (const text of ['李雷, 新街 9 号', `{"name":"李雷"${' '.repeat(50)}x`])
      log.error({ err: quoted(text) }, 'unread');
    expect(lines.join('')).not.toContain('李雷');
    expect(lines.join('')).toContain('SyntaxError');
  });

  it('keeps a hostile id on one line, without control characters', () => {
    const { log, lines } = capture();
    log.info({ id: 'a\r\n{"level":"fatal"}\u001b[31m\u009b\u2028\u007f' }, 'x\ny');
    expect(lines).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: their absence is what is tested
    expect(lines[0]).toMatch(/^[^\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028]*\n$/);
    expect((JSON.parse(lines[0] as string) as { id: string }).id).toContain('\u009b');
  });

  it('cuts a line at 8 KiB and keeps it JSON', () => {
    const { log, lines, only } = capture();
    log.info({ message: '李'.repeat(20_000), system: 'wms' }, 'long');
    expect(Buffer.byteLength(lines[0] as string)).toBeLessThanOrEqual(8192);
    expect(only()).toMatchObject({ system: 'wms', msg: 'long' });
    const many = capture();
    many.log.info({ list: Array.from({ length: 5_000 }, (_, index) => `item ${index}`) }, 'many');
    expect(many.only()).toMatchObject({ msg: 'many', cut: true });
  });
});

it('URLs lose user, password and query', () => {
  expect(withoutCredentials('GET https://a:b@shop.example/x?k=1#f then http://c.d/e')).toBe(
    'GET https://shop.example/x then http://c.d/e',
  );
});
