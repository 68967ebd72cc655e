const { readFileSync } = require('node:fs');
const nodeModule = require('node:module');
const { dirname, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const vm = require('node:vm');

const PROGRAM = join(__dirname, '../dist/cli.cjs');
/** What V8 had compiled of the program once it had read a capture (scripts/write-code-cache.mjs). */
const CODE_CACHE = join(__dirname, '../dist/cli.code-cache');
/** docs/decisions/0013. Measured with Node 20 only, and a flag that V8 does not know would be complained of. */
const NODE_20_FLAGS = [
  '--semi-space-growth-factor=1',
  '--max-inlined-bytecode-size-cumulative=460',
  '--interrupt-budget=140000',
];

/** Loads the command line. Throws ENOENT or MODULE_NOT_FOUND where it is not built. */
function loadProgram() {
  // From Node 22.1 on, Node itself keeps what V8 compiled.
  if (nodeModule.enableCompileCache === undefined) return runScript(compileProgram(readCodeCache()));
  nodeModule.enableCompileCache();
  return run(require(PROGRAM));
}

/**
 * The program as a script. `cachedData` of another V8, or of one with other flags, is refused and only costs its time;
 * the script's `cachedDataRejected` tells.
 */
function compileProgram(cachedData) {
  if (process.versions.node.startsWith('20.')) for (const flag of NODE_20_FLAGS) setFlagsFromString(flag);
  // The bundle is ASCII, so its bytes are its characters.
  return new vm.Script(readFileSync(PROGRAM, 'latin1'), { filename: PROGRAM, cachedData });
}

/** Runs the script, and returns what the program exports. */
function runScript(script) {
  return run(script.runInThisContext());
}

/** Runs the program, a function with the parameters of a module, as `require` would (tsup.config.ts). */
function run(program) {
  const module = { exports: {} };
  program.call(module.exports, module.exports, nodeModule.createRequire(PROGRAM), module, PROGRAM, dirname(PROGRAM));
  return module.exports;
}

/** The bytes of the code cache, undefined where there is none. */
function readCodeCache() {
  try {
    return readFileSync(CODE_CACHE);
  } catch {
    return undefined;
  }
}

module.exports = { CODE_CACHE, PROGRAM, compileProgram, loadProgram, readCodeCache, runScript };
