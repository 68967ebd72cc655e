// What each thread of the program runs (src/system/parts.ts starts them).
const { workerData } = require('node:worker_threads');
const { loadProgram } = require('./load-program.js');

loadProgram().runThread(workerData);
