/**
 * A number of 31 bits that the hashes of a run begin with, so that nobody can make a capture whose connections collide.
 * V8 seeds Math.random from the system's entropy and nothing of it is shown; node:crypto would take milliseconds to
 * load.
 */
export function hashSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}
