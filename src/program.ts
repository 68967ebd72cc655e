/** The bundle dist/cli.cjs: the command line, what its threads run, and the library, which share nearly all modules. */
export { main } from './cli/main.js';
export { runThread } from './cli/threads.js';

/** The library, for dist/index.js. Its modules run when this is called. */
export function loadLibrary(): typeof import('./index.js') {
  return require('./index.js');
}
