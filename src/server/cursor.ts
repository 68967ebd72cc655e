import { HttpProblem } from './problem.js';

/**
 * Marks the end of a page in a URL: opaque to clients, base64url of a kind and a value. The next page begins after this
 * value, whatever was added or removed in between.
 */
export function encodeCursor(kind: string, value: string): string {
  return Buffer.from(`${kind}:${value}`, 'utf8').toString('base64url');
}

/** Throws HttpProblem if `cursor` was not made by `encodeCursor` with one of the `kinds`. */
export function decodeCursor<K extends string>(cursor: string, kinds: readonly K[]): { type: K; value: string } {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const colon = text.indexOf(':');
  const kind = kinds.find((one) => one === text.slice(0, Math.max(colon, 0)));
  if (kind === undefined) {
    throw new HttpProblem(400, 'bad-cursor', "'cursor' must be a 'next_cursor' value of this server");
  }
  return { type: kind, value: text.slice(colon + 1) };
}
