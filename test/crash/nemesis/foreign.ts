// Other programs at the hub's file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./foreign.mjs', import.meta.url));

function start(what: 'hold' | 'read', file: string) {
  const child = spawn(process.execPath, [program, what, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const said = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line));
  return { child, ended, said };
}

/** @returns what lets go of it again */
export async function holdFile(file: string): Promise<() => Promise<void>> {
  const { child, ended, said } = start('hold', file);
  const line = await said;
  if (line !== 'has it') throw new Error(`a foreign program cannot have ${file}: ${line}`);
  return async () => {
    child.kill('SIGKILL');
    await ended;
  };
}

/** @returns `has it`, or the error code of SQLite */
export async function readFile(file: string): Promise<string> {
  const { ended, said } = start('read', file);
  const line = await said;
  await ended;
  return line;
}
