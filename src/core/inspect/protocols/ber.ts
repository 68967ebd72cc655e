/** ASN.1 BER tags and lengths (X.690 §8.1), as LDAP, SNMP and Kerberos use them: single-byte tags, definite lengths. */

const LONG_FORM = 0x80;

/** Content length of the element whose tag is at `at`, -1 when it can't be read. */
export function berLen(buf: Buffer, at: number, end: number): number {
  if (end - at < 2) return -1;
  const first = buf[at + 1]!;
  if (first < LONG_FORM) return first;
  const count = first & 0x7f;
  if (count === 0 || count > 4 || end - at < 2 + count) return -1;
  let len = 0;
  for (let i = 0; i < count; i++) len = len * 256 + buf[at + 2 + i]!;
  return len;
}

/** Offset of the content of the element whose tag is at `at`; `berLen` has read its length. */
export function berValue(buf: Buffer, at: number): number {
  const first = buf[at + 1]!;
  return at + 2 + (first < LONG_FORM ? 0 : first & 0x7f);
}
