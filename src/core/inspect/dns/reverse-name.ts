/** Names of addresses: 4.3.2.1.in-addr.arpa (RFC 1035 §3.5), nibbles under ip6.arpa (RFC 3596 §2.5). */
const IPV4_NAME = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/i;
const IPV6_NAME = /^(?:[0-9a-f]\.){32}ip6\.arpa$/i;
const IPV6_DIGITS = 32;

/**
 * The address that a reverse name stands for, as the 4 or 16 bytes of the wire; null for another name.
 */
export function reverseAddress(name: string): Buffer | null {
  const ipv4 = IPV4_NAME.exec(name);
  if (ipv4 !== null) {
    const bytes = ipv4.slice(1).reverse().map(Number);
    return bytes.every((byte) => byte <= 255) ? Buffer.from(bytes) : null;
  }
  if (!IPV6_NAME.test(name)) return null;
  const digits = [...name.replaceAll('.', '').slice(0, IPV6_DIGITS)].reverse().join('');
  return Buffer.from(digits, 'hex');
}
