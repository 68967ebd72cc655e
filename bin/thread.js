// What each thread of the program runs (src/system/parts.ts starts them).
const { workerData } = require('node:worker_threads');
// Once more in each thread: V8 refuses the code cache there otherwise, and compiles for 0.2 s.
require('./v8-flags.js');
const { loadProgram } = require('./load-program.js');

loadProgram().runThread(workerData);
