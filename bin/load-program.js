const { readFileSync } = require('node:fs');
const nodeModule = require('node:module');
const { dirname, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const vm = require('node:vm');

const PROGRAM = join(__dirname, '../dist/cli.cjs');
/** What this very V8 compiled of the program while it was built (scripts/write-code-cache.mjs). */
const CODE_CACHE = join(__dirname, `../dist/cli.${process.versions.v8}.code-cache`);

// Keeps V8's young generation, and so the peak of memory, small (docs/decisions/0013). Not for all versions, because V8
// complains of a flag that it does not know.
const NODE_MAJOR = process.versions.node.split('.')[0];
if (['20', '22', '24', '26'].includes(NODE_MAJOR)) setFlagsFromString('--semi-space-growth-factor=1');
// Optimizes functions later, of which mixed traffic uses many for a short time (measured on Node 20 alone).
if (NODE_MAJOR === '20') setFlagsFromString('--interrupt-budget=200000');

/** Loads the command line. Throws ENOENT or MODULE_NOT_FOUND when it is not built. */
function loadProgram() {
  if (process.env.DPI_DEBUG) {
    // Stack traces name the lines of the sources. Slower to start.
    process.setSourceMapsEnabled(true);
    return run(require(PROGRAM));
  }
  const cachedData = readCodeCache();
  if (cachedData === undefined) {
    // Built by another Node: from 22.1 on, Node keeps a cache of its own in a temporary folder.
    nodeModule.enableCompileCache?.();
    return run(require(PROGRAM));
  }
  return runScript(compileProgram(cachedData));
}

function readCodeCache() {
  try {
    return readFileSync(CODE_CACHE);
  } catch {
    return undefined;
  }
}

/** Compiles the program, which is ASCII. V8 ignores `cachedData` that it cannot use: `script.cachedDataRejected`. */
function compileProgram(cachedData) {
  return new vm.Script(readFileSync(PROGRAM, 'latin1'), { filename: PROGRAM, cachedData });
}

/** Runs the script, and returns what the program exports. */
function runScript(script) {
  return run(script.runInThisContext());
}

/** Calls the function of the program's module as `require` would, and returns the module's exports. */
function run(program) {
  const module = { exports: {} };
  program.call(module.exports, module.exports, nodeModule.createRequire(PROGRAM), module, PROGRAM, dirname(PROGRAM));
  return module.exports;
}

module.exports = { CODE_CACHE, PROGRAM, compileProgram, loadProgram, readCodeCache, runScript };
