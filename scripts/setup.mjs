// Installs what is missing: `npm ci` when node_modules is absent or belongs to another package-lock.json.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, root, run } from './run.mjs';

const oldestNode = [20, 19];
const lock = join(root, 'package-lock.json');
/** npm's own record of what it installed; written last, so it is missing after an install that broke off. */
const installedLock = join(root, 'node_modules', '.package-lock.json');
const stamp = join(root, 'node_modules', '.syncline-setup');

export async function setup() {
  refuseOldNode();
  const wanted = digestOfLock();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!installedByHand()) {
    console.log('setup: installing dependencies with npm ci (better-sqlite3 may compile for a minute)');
    await npm('ci', '--include=dev', '--no-audit', '--no-fund');
  }
  writeFileSync(stamp, wanted);
}

/** Someone ran `npm ci` or `npm install` since, for this very lock file: compiling once more would be a wasted minute. */
function installedByHand() {
  if (!existsSync(installedLock) || !existsSync(join(root, 'node_modules', 'vitest'))) return false;
  const installedAt = statSync(installedLock).mtimeMs;
  return installedAt >= statSync(lock).mtimeMs && (!existsSync(stamp) || installedAt > statSync(stamp).mtimeMs);
}

/** The ABI is part of it: a native module compiled for another Node would not load. */
function digestOfLock() {
  return createHash('sha256').update(readFileSync(lock)).update(process.versions.modules).digest('hex');
}

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  console.error(`setup: Node ${oldestNode.join('.')} or newer is needed, this is ${process.versions.node}`);
  process.exit(1);
}

/** Under `npm run`, npm says where it lives; that spares Windows a shell. */
function npm(...args) {
  const own = process.env.npm_execpath;
  return own?.endsWith('.js') ? run(process.execPath, [own, ...args]) : run('npm', args);
}

if (isMain(import.meta.url)) await setup();
