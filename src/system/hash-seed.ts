/**
 * A random seed of 31 bits for the hashes of a run, so that a capture can't be crafted to make its connections collide.
 * V8 seeds Math.random from the system's entropy, and its numbers are never shown; node:crypto takes 4 ms to load.
 */
export function hashSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}
