// Ends `npm run coverage`: checks the core's line coverage as a whole. vitest.config.ts holds each file to 85 %.
import { readFileSync } from 'node:fs';

const WANTED = 95;
const { total, ...files } = JSON.parse(readFileSync('coverage/coverage-summary.json', 'utf8'));
const rows = Object.entries(files).map(([path, { lines }]) => ({ path: path.replace(/^.*\/src\//, 'src/'), ...lines }));
rows.sort((a, b) => a.pct - b.pct);
for (const { path, pct, covered, total } of rows.slice(0, 10))
  console.log(`${pct.toFixed(1)} %  ${covered}/${total}  ${path}`);
console.log(`${total.lines.pct} % of ${total.lines.total} lines in ${rows.length} files; wanted: ${WANTED} %`);
if (total.lines.pct < WANTED) process.exitCode = 1;
