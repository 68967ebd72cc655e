/** The adapters that write files. They take time to load, and few commands write one. */
export { isFifo, openFifo } from '../adapters/outputs/fifo-output.js';
export { isStdout } from '../adapters/outputs/open-capture-output.js';
export { PendingFile } from '../adapters/outputs/pending-file.js';
