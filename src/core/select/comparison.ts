import type { Field, FieldValue } from './fields.js';
import type { Selects } from './selects.js';
import type { Difference, Equals, Scalar } from './value-types.js';

/** The signs that compare, `in` apart, by how they may be written. */
export const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ['==', '=='],
  ['=', '=='],
  ['!=', '!='],
  ['<>', '!='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
  ['~', '~'],
  ['!~', '!~'],
]);
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~';

/**
 * `field == null`: the connection has no value, or an empty list. Everything else is false of such a connection, also
 * `!=`.
 */
export function isNull(field: Field): Selects {
  return (connection) => isMissing(field.read(connection));
}

/** The field's value, or one of its list, equals one of `any`. */
export function equalsAny(field: Field, any: readonly Equals[]): Selects {
  return (connection, begin) => some(field.read(connection), (value) => any.some((equals) => equals(value, begin)));
}

/** The field has a value that equals none of `any`; of a list, no element does. */
export function equalsNone(field: Field, any: readonly Equals[]): Selects {
  const equals = equalsAny(field, any);
  return (connection, begin) => !isMissing(field.read(connection)) && !equals(connection, begin);
}

export function isOrdered(field: Field, sign: '<' | '<=' | '>' | '>=', difference: Difference): Selects {
  return (connection, begin) =>
    some(field.read(connection), (value) => {
      const by = difference(value, begin);
      if (by === 0) return sign === '<=' || sign === '>=';
      return by < 0 ? sign.startsWith('<') : sign.startsWith('>');
    });
}

/** `~`: the text is part of the value; with `*` in it, it is all of the value, `*` any run of characters. */
export function contains(pattern: string): Equals {
  const wanted = pattern.toLowerCase();
  if (!wanted.includes('*')) return (value) => (value as string).toLowerCase().includes(wanted);
  const parts = wanted.split('*');
  return (value) => matchesGlob((value as string).toLowerCase(), parts);
}

/** Without a regular expression, whose time may grow with the square of the text. */
function matchesGlob(text: string, parts: readonly string[]): boolean {
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  const end = text.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function some(value: FieldValue, test: (one: Scalar) => boolean): boolean {
  if (value === null) return false;
  return typeof value === 'object' ? value.some(test) : test(value);
}

function isMissing(value: FieldValue): boolean {
  return value === null || (typeof value === 'object' && value.length === 0);
}
