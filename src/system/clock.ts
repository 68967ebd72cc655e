/**
 * Milliseconds on a monotonic clock with an arbitrary origin. Not `performance`, for which Node loads nine modules.
 */
export function monotonicMs(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e3 + nanos / 1e6;
}
