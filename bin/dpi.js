#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number);
const [first, ...others] = process.argv.slice(2);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`dpi: Node.js 20.19 or newer is needed, this is ${process.versions.node}`);
  process.exitCode = 2;
} else if ((first === '--version' || first === '-V') && others.length === 0) {
  // Scripts ask often: answered without loading the program.
  process.stdout.on('error', () => {});
  process.stdout.write(`${require('../package.json').version}\n`);
} else {
  start();
}

function start() {
  let program;
  try {
    require('./v8-flags.js');
    program = require('./load-program.js').loadProgram();
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'MODULE_NOT_FOUND') throw error;
    console.error("dpi: the program is not built yet; run 'npm install' or 'npm run build' in its folder");
    process.exitCode = 2;
    return;
  }
  // Never rejects, and sets the exit code.
  program.main(process.argv.slice(2));
}
