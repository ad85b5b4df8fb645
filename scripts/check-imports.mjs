// Checks the import rules of .dependency-cruiser.cjs, and that every source file was really read.
// usage: node scripts/check-imports.mjs [folder of another tree]
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { cruise } from 'dependency-cruiser';
import { root } from './run.mjs';

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const tree = resolve(process.argv[2] ?? root);
const folders = ['src', 'connectors', 'sandbox', 'bench'].filter((name) => existsSync(join(tree, name)));

const { output } = await cruise(folders, {
  ...options,
  baseDir: tree,
  ruleSet: { forbidden },
  validate: true,
});
const faults = [...unread(output.modules), ...output.summary.violations.map(describe)];
for (const fault of faults) console.error(fault);
console.log(`import rules: ${output.modules.length} modules, ${forbidden.length} rules, ${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** A parser that cannot read our TypeScript finds no module, hence no fault: that must not count as success. */
function unread(modules) {
  const seen = new Set(modules.map((module) => module.source));
  const files = folders.flatMap((name) => sourcesIn(name));
  const blind = modules.every((module) => module.dependencies.length === 0);
  return [
    ...(files.length === 0 ? [`no source file found under ${tree}`] : []),
    ...(files.length > 0 && blind ? ['no import found in any file: the parser does not read this TypeScript'] : []),
    ...files.filter((file) => !seen.has(file)).map((file) => `${file}: not read`),
  ];
}

function sourcesIn(folder) {
  return readdirSync(join(tree, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    // A bench may have packages of its own.
    if (entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return sourcesIn(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

function describe({ rule, from, to, cycle }) {
  const path = cycle ? cycle.map((step) => step.name).join(' -> ') : to;
  const { comment } = forbidden.find(({ name }) => name === rule.name);
  return `${from} -> ${path}\n    ${rule.name}: ${comment}`;
}
