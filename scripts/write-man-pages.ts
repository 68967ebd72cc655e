/**
 * Writes the manual pages of all commands into the folder that is named: mdoc, from commander's tree. `npm run build`
 * runs it, and package.json lists the pages.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandTree } from '../src/cli/command-tree.js';
import { processContext } from '../src/cli/context.js';
import { manPages } from './man-page.js';

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: write-man-pages.ts FOLDER');
mkdirSync(folder, { recursive: true });
const program = await commandTree(processContext(), false, () => true);
for (const { name, text } of manPages(program)) writeFileSync(join(folder, `${name}.1`), text);
