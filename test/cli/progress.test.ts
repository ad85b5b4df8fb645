import { describe, expect, it } from 'vitest';
import { showProgress } from '../../src/cli/progress.ts';
import { openShell } from './shell.ts';

function follow(options: { terminal?: boolean; json?: boolean }, shares: readonly number[]): string {
  const shell = openShell({ terminal: options.terminal === true });
  let written = '';
  shell.io.stderr = (text) => {
    written += text;
  };
  const progress = showProgress(shell.io, { json: options.json === true }, 'copying');
  for (const share of shares) progress.at(share);
  progress.end();
  return written;
}

describe('progress', () => {
  it('is one line on a terminal, written over and taken away', () => {
    const written = follow({ terminal: true }, [0, 0.004, 0.5, 1]);
    expect(written.split('\r')).toEqual([
      '',
      'copying …',
      'copying …   0 %',
      'copying …  50 %',
      'copying … 100 %',
      ' '.repeat(15),
      '',
    ]);
    expect(written).not.toContain('\n');
  });

  it('is a line for each quarter elsewhere', () => {
    const shares = Array.from({ length: 101 }, (_, index) => index / 100);
    expect(follow({}, shares)).toBe('copying\ncopying: 25 %\ncopying: 50 %\ncopying: 75 %\n');
  });

  it('is silent where JSON is wanted', () => {
    expect(follow({ json: true, terminal: true }, [0.5])).toBe('');
  });
});
