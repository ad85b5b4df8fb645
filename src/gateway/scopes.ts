// Who may do what: the closed list of scopes and the callers that hold them.

export const scopes = ['intake', 'feed', 'read', 'pii', 'operate', 'policy', 'metrics', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export const isScope = (text: string): text is Scope => (scopes as readonly string[]).includes(text);

export interface Caller {
  /** The key's name; for `intake` and `feed` the system that it speaks for. */
  name: string;
  scopes: ReadonlySet<Scope>;
}

/** What a route asks of its caller. `own`: the scope counts only for the system in the path that the key is named after. */
export type Access = 'public' | 'signature' | { any: readonly Scope[] } | { own: 'intake' | 'feed' };

/** No key is asked for. */
export const isOpen = (access: Access): access is 'public' | 'signature' =>
  access === 'public' || access === 'signature';

/** Without any key the hub serves loopback only, and everything is allowed. */
export const anyone: Caller = { name: 'anonymous', scopes: new Set(['admin']) };

export const holds = (caller: Caller, scope: Scope): boolean => caller.scopes.has('admin') || caller.scopes.has(scope);

/** @returns why not, in words for the caller; undefined when it may */
export function refusal(caller: Caller, access: Access, system: string | undefined): string | undefined {
  if (isOpen(access) || caller.scopes.has('admin')) return undefined;
  if ('any' in access) {
    if (access.any.some((scope) => caller.scopes.has(scope))) return undefined;
    return `this needs the scope ${access.any.join(' or ')}`;
  }
  if (!caller.scopes.has(access.own)) return `this needs the scope ${access.own}`;
  return caller.name === system
    ? undefined
    : `the key "${caller.name}" has the scope ${access.own} for its own system only`;
}
