// Imports a module that is found only at run time. A file of its own: a bundled script, which cannot import once it was
// compiled ahead, is handed this one by src/load-program.ts.

/** @param href `file:///…/index.js` @throws whatever the module throws */
export const importModule = (href: string): Promise<{ default?: unknown }> => import(href);
