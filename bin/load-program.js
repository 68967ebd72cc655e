const { readFileSync } = require('node:fs');
const nodeModule = require('node:module');
const { basename, dirname, join } = require('node:path');
const { getAsset, isSea } = require('node:sea');
const vm = require('node:vm');

const PROGRAM = join(__dirname, '../dist/cli.cjs');
/** What this very V8 compiled of the program while it was built (scripts/write-code-cache.mjs). */
const CODE_CACHE = join(__dirname, `../dist/cli.${process.versions.v8}.code-cache`);

/** Loads the command line. Throws ENOENT or MODULE_NOT_FOUND when it is not built. */
function loadProgram() {
  if (process.env.DPI_DEBUG && !isSea()) {
    // Stack traces name the lines of the sources. Slower to start.
    process.setSourceMapsEnabled(true);
    return run(require(PROGRAM));
  }
  const cachedData = readCodeCache();
  if (cachedData === undefined && !isSea()) {
    // Built by another Node: from 22.1 on, Node keeps a cache of its own in a temporary folder.
    nodeModule.enableCompileCache?.();
    return run(require(PROGRAM));
  }
  return runScript(compileProgram(cachedData));
}

/** Loads the library (src/index.ts), which is part of the same bundle. Without the cache, which V8 flags belong to. */
function loadLibrary() {
  return run(require(PROGRAM)).loadLibrary();
}

function readCodeCache() {
  try {
    return readBuilt(CODE_CACHE);
  } catch {
    return undefined;
  }
}

/** Compiles the program, which is ASCII. V8 ignores `cachedData` that it cannot use: `script.cachedDataRejected`. */
function compileProgram(cachedData) {
  return new vm.Script(readBuilt(PROGRAM).latin1Slice(), { filename: PROGRAM, cachedData });
}

/** Runs the script, and returns what the program exports. */
function runScript(script) {
  return run(script.runInThisContext());
}

/** Calls the function of the program's module as `require` would, and returns the module's exports. */
function run(program) {
  const module = { exports: {} };
  const requireBeside = isSea() ? requireAsset : nodeModule.createRequire(PROGRAM);
  program.call(module.exports, module.exports, requireBeside, module, PROGRAM, dirname(PROGRAM));
  return module.exports;
}

/** The bytes of a file in dist/, which a single binary has inside (scripts/build-binary.mjs). */
function readBuilt(path) {
  return isSea() ? Buffer.from(getAsset(`dist/${basename(path)}`)) : readFileSync(path);
}

const assetModules = new Map();

/** `require` within a single binary: modules of Node, and bundles beside the program. */
function requireAsset(name) {
  if (!name.startsWith('./')) return require(name);
  let module = assetModules.get(name);
  if (module === undefined) {
    module = { exports: {} };
    assetModules.set(name, module);
    const path = join(dirname(PROGRAM), name);
    const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
    const bundle = vm.compileFunction(readBuilt(path).toString(), parameters, { filename: path });
    bundle.call(module.exports, module.exports, requireAsset, module, path, dirname(path));
  }
  return module.exports;
}

module.exports = { CODE_CACHE, PROGRAM, compileProgram, loadLibrary, loadProgram, readCodeCache, runScript };
