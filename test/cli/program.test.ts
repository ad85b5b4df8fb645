// The command line as such: help, wrong usage, exit codes.
import { describe, expect, it } from 'vitest';
import { openShell } from './shell.ts';

const commands = [
  'serve',
  'check',
  'policy check',
  'policy test',
  'policy diff',
  'migrate',
  'keys create',
  'keys list',
  'keys revoke',
  'replay',
  'backup',
  'restore',
];

describe('help', () => {
  it('of the program names every command', async () => {
    const { code, out } = await openShell().syncline('--help');
    expect(code).toBe(0);
    for (const command of commands) expect(out).toContain(`  ${command.split(' ')[0]}`);
  });

  it.each(commands)('of %s has the options of every command, and examples', async (command) => {
    const { code, out } = await openShell().syncline(...command.split(' '), '--help');
    expect(code).toBe(0);
    for (const part of ['--config', '--json', 'Examples:', `$ syncline ${command}`]) expect(out).toContain(part);
  });

  it('is no version', async () => {
    expect(await openShell().syncline('--version')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('wrong usage', () => {
  it.each([
    [['serv'], 'Did you mean serve?'],
    [['keys'], 'Usage: syncline keys'],
    [[], 'Usage: syncline'],
    [['check', '--quite'], 'Did you mean --quiet?'],
    [['backup'], "missing required argument 'path'"],
    [['keys', 'create', '--system', 'erp'], "required option '--scope <scope>'"],
    [['replay', '--since', 'yesterday'], 'Write a time such as'],
    [['replay'], 'name a dead letter'],
    [['replay', 'dl_1', '--system', 'wms'], 'takes no --system'],
    [['replay', 'dl_1', '--url', 'hub'], 'is no address'],
    [['backup', 'a.db', '--url', 'http://hub'], 'make a.db absolute'],
  ])('%j', async (argv, words) => {
    const { code, err, out } = await openShell().syncline(...argv);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(words);
  });

  it.each([[['serv', '--json']], [['keys', '--json']], [['--json']], [['replay', '--json']]])(
    '%j is told as JSON',
    async (argv) => {
      const { code, err } = await openShell().syncline(...argv);
      expect(code).toBe(2);
      expect(JSON.parse(err)).toEqual({ error: { message: expect.stringMatching(/./) } });
    },
  );
});

describe('a failure', () => {
  it('has one line, and no stack', async () => {
    const { code, err } = await openShell().syncline('keys', 'list');
    expect(code).toBe(1);
    expect(err).toMatch(/^syncline: there is no database .*hub\.db yet; "syncline serve" makes it\n$/);
  });

  it('of the configuration has a line for each fault', async () => {
    const files = { 'bad.yaml': 'listen: x\nsystems: { erp: { role: erp, connector: fed } }\n' };
    const shell = openShell({ files });
    const { code, err } = await shell.syncline('migrate', '--config', 'bad.yaml');
    expect(code).toBe(1);
    expect(err.split('\n')).toEqual([
      `syncline: ${shell.folder}/bad.yaml has 2 faults`,
      expect.stringMatching(/^ {2}listen: "x" is no address/),
      '  systems.erp.connector: unknown connector "fed"; did you mean "feed"?',
      '',
    ]);
  });

  it('is told as JSON', async () => {
    const { err } = await openShell().syncline('migrate', '--config', 'nope.yaml', '--json');
    expect(JSON.parse(err)).toEqual({
      error: {
        message: expect.stringMatching(/nope\.yaml has 1 fault$/),
        faults: [{ path: '', message: 'there is no such file; name another with --config <file>' }],
      },
    });
  });
});
