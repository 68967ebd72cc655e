const { closeSync, fstatSync, openSync, readFileSync, readSync } = require('node:fs');
const nodeModule = require('node:module');
const { dirname, join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const vm = require('node:vm');

const PROGRAM = join(__dirname, '../dist/cli.cjs');
/** What this V8 had compiled of the program once it had read a capture, if it built it (scripts/write-code-cache.mjs). */
const CODE_CACHE = join(__dirname, `../dist/cli.${process.versions.v8}.code-cache`);
const SMALLER = ['--semi-space-growth-factor=1', '--max-inlined-bytecode-size-cumulative=460'];
/** By major version (docs/decisions/0013): only what was measured, for V8 complains of a flag that it does not know. */
const FLAGS = {
  20: [...SMALLER, '--interrupt-budget=140000'],
  22: SMALLER,
  24: [...SMALLER, '--no-maglev'],
  26: [...SMALLER, '--no-maglev'],
};

/**
 * Loads the command line. Throws ENOENT or MODULE_NOT_FOUND where it is not built. With DPI_DEBUG, stacks tell the names and
 * lines of the sources, and it takes longer.
 */
function loadProgram() {
  if (process.env.DPI_DEBUG) {
    process.setSourceMapsEnabled(true);
    setFlags();
    return run(require(PROGRAM));
  }
  const built = readBuilt();
  // Built by another Node: from 22.1 on, Node itself keeps what V8 compiles, though in a folder for temporary files.
  if (built === undefined && nodeModule.enableCompileCache !== undefined) {
    setFlags();
    nodeModule.enableCompileCache();
    return run(require(PROGRAM));
  }
  return runScript(compileProgram(built ?? readProgram()));
}

/**
 * The program as a script. `cachedData` that is damaged, or of a V8 with other flags, is refused and only costs its time; the
 * script's `cachedDataRejected` tells.
 */
function compileProgram({ source, cachedData }) {
  setFlags();
  return new vm.Script(source, { filename: PROGRAM, cachedData });
}

/** The bundle is ASCII, so its bytes are its characters. */
function readProgram() {
  return { source: readFileSync(PROGRAM, 'latin1') };
}

function setFlags() {
  for (const flag of FLAGS[Number.parseInt(process.versions.node, 10)] ?? []) setFlagsFromString(flag);
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

/**
 * The same with its code cache, undefined where there is none. Both are read into the same memory, one after the other: what
 * is expensive about a megabyte is that its pages are touched for the first time.
 */
function readBuilt() {
  let file;
  try {
    file = openSync(CODE_CACHE);
  } catch {
    return undefined;
  }
  const program = openSync(PROGRAM);
  const memory = Buffer.allocUnsafeSlow(Math.max(fstatSync(file).size, fstatSync(program).size));
  const source = readWhole(program, memory).latin1Slice();
  return { source, cachedData: readWhole(file, memory) };
}

/** Reads a file that fits into `memory`, and closes it. */
function readWhole(fd, memory) {
  let len = 0;
  for (let added = -1; added !== 0; len += added) added = readSync(fd, memory, len, memory.length - len, null);
  closeSync(fd);
  return memory.subarray(0, len);
}

module.exports = { CODE_CACHE, PROGRAM, compileProgram, loadProgram, readBuilt, readProgram, runScript };
