import type { CaptureParts } from './capture-parts.js';

/** Leaves out parts, in halves and then one by one, for as long as `fails` still says so. At most `tries` calls. */
export async function minimise(
  capture: CaptureParts,
  fails: (bytes: Buffer) => boolean | Promise<boolean>,
  tries = 400,
): Promise<Buffer> {
  let parts = capture.parts;
  let left = tries;
  for (let step = Math.max(1, parts.length >> 1); step >= 1; step >>= 1) {
    for (let at = capture.fixed; at < parts.length && left > 0; ) {
      const fewer = [...parts.slice(0, at), ...parts.slice(at + step)];
      left--;
      if (await fails(Buffer.concat(fewer))) parts = fewer;
      else at += step;
    }
  }
  return Buffer.concat(parts);
}
