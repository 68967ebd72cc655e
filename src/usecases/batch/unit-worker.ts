/** The entry point of the threads that work units; the build writes it as a file of its own. */
export { verifyUnit, workUnit } from './unit.js';
