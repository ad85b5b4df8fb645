// Runs a program in the project's folder with our terminal, and ends with its exit code.
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Resolves on exit code 0; anything else ends this process the same way. */
export function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    const release = passSignals(child);
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      process.exit(127);
    });
    child.on('exit', (code, signal) => {
      release();
      if (code === 0) resolve();
      else process.exit(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

export const node = (file, args = []) => run(process.execPath, [join(root, file), ...args]);

/** Ctrl-C in a terminal reaches the child by itself; we only have to outlive it to report its exit code. */
function passSignals(child) {
  const swallow = () => {};
  const terminate = () => child.kill('SIGTERM');
  process.on('SIGINT', swallow);
  process.on('SIGTERM', terminate);
  return () => {
    process.off('SIGINT', swallow);
    process.off('SIGTERM', terminate);
  };
}

/** True when the module at `url` is the program that was started. */
export const isMain = (url) => process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(url);
