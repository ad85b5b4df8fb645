// The packages of the peers: installed in this folder alone, so they are found from here at run time and not by an import.
import { createRequire } from 'node:module';
import { fromProject } from '../measure/project.ts';

/** @throws Error that names the way to install it */
export function peerPackage<T>(name: string): T {
  const require = createRequire(fromProject('bench/peers/package.json'));
  try {
    return require(name) as T;
  } catch (error) {
    throw new Error(`${name} is not there: npm install --prefix bench/peers`, { cause: error });
  }
}

export const peerVersion = (name: string): string =>
  peerPackage<{ version: string }>(fromProject(`bench/peers/node_modules/${name}/package.json`)).version;
