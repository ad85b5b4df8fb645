// The package installs anywhere: from whichever registry the reader uses, with only the install scripts we know.
import { describe, expect, it } from 'vitest';
import { read } from './sources.ts';

interface Locked {
  packages: Record<string, LockedPackage>;
}
interface LockedPackage {
  resolved?: string;
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}
const lock: Locked = JSON.parse(read('package-lock.json'));
const manifest: { allowScripts: Record<string, boolean>; files: string[]; bin: Record<string, string> } = JSON.parse(
  read('package.json'),
);
const packageName = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('package-lock.json', () => {
  it('holds no address of a registry', () => {
    expect(Object.keys(lock.packages).length).toBeGreaterThan(100);
    expect(Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  });

  it('names the binaries of every platform', () => {
    // npm leaves out those of other platforms when it writes the lock beside a node_modules; npm ci then refuses it.
    const wanted = Object.values(lock.packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    const locked = new Set(Object.keys(lock.packages).map(packageName));
    expect(wanted.length).toBeGreaterThan(20);
    expect(wanted.filter((name) => !locked.has(name))).toEqual([]);
  });

  it('has no install script that package.json does not allow or deny by name', () => {
    const scripted = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = scripted.map(([path]) => packageName(path));
    expect(names).toContain('better-sqlite3');
    // macOS only, optional, and shipped with its binary.
    expect(names.filter((name) => name !== 'fsevents' && !(name in manifest.allowScripts))).toEqual([]);
  });
});

describe('package.json', () => {
  it('ships the folder that its program is in', () => {
    const program = manifest.bin.syncline ?? '';
    expect(manifest.files.some((folder) => program.startsWith(`${folder}/`))).toBe(true);
  });
});
