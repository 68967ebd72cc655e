// Ends each build: keeps the code that V8 compiles for a report and a filter run, so that a start need not compile it.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
// V8 accepts a cache only under the flags that it was made with.
require('../bin/v8-flags.js');
const { CODE_CACHE, PROGRAM, compileProgram, runScript } = require('../bin/load-program.js');
const DEMO = fileURLToPath(new URL('../samples/demo.pcap', import.meta.url));
const COMMANDS = [
  ['analyze', '-q', '--no-stored-rules', DEMO],
  ['analyze', '-q', '--no-stored-rules', '--json', DEMO],
  ['filter', '-q', '--no-stored-rules', '--block-app', 'YOUTUBE', DEMO, '-'],
];

// Its bytes are taken for characters when it is loaded. esbuild escapes strings, but no regular expressions.
if (readFileSync(PROGRAM).some((byte) => byte > 0x7f)) throw new Error(`${PROGRAM} is not ASCII`);

const script = compileProgram();
const program = runScript(script);
for (const args of COMMANDS) {
  await program.main(args);
  // The command has printed the error; the exit code fails the build.
  if (process.exitCode) break;
}
if (!process.exitCode) writeFileSync(CODE_CACHE, script.createCachedData());
