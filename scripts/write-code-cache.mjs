// Ends each build: keeps the code that V8 compiles for a report and a filter run, so that a start need not compile it.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { CODE_CACHE, compileProgram, runProgram } = createRequire(import.meta.url)('../bin/load-program.js');
const DEMO = fileURLToPath(new URL('../samples/demo.pcap', import.meta.url));
const COMMANDS = [
  ['analyze', '-q', '--no-stored-rules', DEMO],
  ['analyze', '-q', '--no-stored-rules', '--json', DEMO],
  ['filter', '-q', '--no-stored-rules', '--block-app', 'YOUTUBE', DEMO, '-'],
];

const script = compileProgram();
const program = runProgram(script);
for (const args of COMMANDS) {
  await program.main(args);
  // The command has printed the error; the exit code fails the build.
  if (process.exitCode) break;
}
if (!process.exitCode) writeFileSync(CODE_CACHE, script.createCachedData());
