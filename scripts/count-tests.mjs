// Prints what failed and "N passed, N failed" from the results of vitest's json reporter: node scripts/count-tests.mjs results.json
// A test file that did not even load counts as one failure; a skipped test fails the run, since nobody looks at it again.
import { readFileSync } from 'node:fs';

const results = read(process.argv[2]);
const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests, testResults } = results;
const unloaded = testResults.filter(
  ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
);
const failed = numFailedTests + unloaded.length;
const skipped = numPendingTests + numTodoTests;

for (const { name, message } of unloaded) console.error(`did not load: ${name}: ${message}`);
for (const { name, assertionResults } of testResults) {
  for (const { status, fullName, failureMessages } of assertionResults) {
    if (status === 'failed')
      console.error(`failed: ${name}: ${fullName}\n  ${failureMessages.join('\n').slice(0, 2_000)}`);
  }
}

if (skipped > 0) console.error(`${skipped} tests were skipped`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = passed > 0 && failed === 0 && skipped === 0 ? 0 : 1;

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    console.error('the tests left no results');
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };
  }
}
