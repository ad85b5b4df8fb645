// Whether a key may be made as it is asked for: the same answer over HTTP and on the command line.
import type { Fault } from '../core/core.ts';
import { reservedNames, unknownScope } from './keys.ts';
import { isScope, type Scope } from './scopes.ts';
import { noSuchSystem } from './system-info.ts';

export interface KeyRequest {
  /** Shown where the key acted; for a key of a system its id stands here. */
  name?: string | undefined;
  /** The system that the key speaks for; `intake` and `feed` need one. */
  system?: string | undefined;
  scopes: readonly string[];
}

/** @param systems ids of those configured */
export function checkKeyRequest(
  { name, system, scopes }: KeyRequest,
  systems: readonly string[],
): { key: { name: string; scopes: Scope[] } } | { faults: Fault[] } {
  const faults: Fault[] = [];
  const tell = (path: string, message: string): void => void faults.push({ path, message });
  scopes.forEach((scope, index) => {
    if (!isScope(scope)) tell(`/scopes/${index}`, unknownScope(scope));
    else if ((scope === 'intake' || scope === 'feed') && system === undefined)
      tell(`/scopes/${index}`, `${scope} is for one system: name it in system`);
  });
  if (scopes.length === 0) tell('/scopes', 'names no scope');
  if (system !== undefined && !systems.includes(system)) tell('/system', noSuchSystem(system, systems));
  if (system !== undefined && name !== undefined && name !== system)
    tell('/name', `the key of a system is called like it; leave the name out, or write ${system}`);
  const called = system ?? name;
  if (called === undefined) tell('/name', 'give a name, or the system that the key is for');
  else if (reservedNames.has(called))
    tell('/name', `"${called}" is what the audit calls somebody else; choose another name`);
  else if (!/^[A-Za-z0-9._-]{1,64}$/.test(called)) tell('/name', 'must be 1 to 64 letters, digits, "." "_" or "-"');
  if (called === undefined || faults.length > 0) return { faults };
  return { key: { name: called, scopes: [...new Set(scopes)].filter(isScope) } };
}
