// Behind each build: keeps what V8 compiles of the program when it reads a capture, so that a start need not compile
// it. What the program prints meanwhile is nobody's concern.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { CODE_CACHE, PROGRAM, compileProgram, readProgram, runScript } = createRequire(import.meta.url)(
  '../bin/load-program.js',
);
const DEMO = fileURLToPath(new URL('../samples/demo.pcap', import.meta.url));
const CALLS = [
  ['analyze', '-q', '--no-stored-rules', DEMO],
  ['analyze', '-q', '--no-stored-rules', '--json', DEMO],
  ['filter', '-q', '--no-stored-rules', '--block-app', 'YOUTUBE', DEMO, '-'],
];

// Its bytes are taken for characters when it is loaded.
if (readFileSync(PROGRAM).some((byte) => byte > 0x7f)) throw new Error(`${PROGRAM} is not ASCII`);

const script = compileProgram(readProgram());
const program = runScript(script);
for (const args of CALLS) {
  await program.main(args);
  // What went wrong has been said; the exit code stays for tsup to see.
  if (process.exitCode) break;
}
if (!process.exitCode) writeFileSync(CODE_CACHE, script.createCachedData());
