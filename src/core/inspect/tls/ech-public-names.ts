/**
 * Public names under which ECH-enabled servers are known to be contacted: a hello that carries one of them beside an
 * encrypted_client_hello extension hides another site.
 *
 * From the `public_name` of ECH configurations as those operators publish them in HTTPS resource records (RFC 9849 §4):
 * Cloudflare; Meta; the test sites tls-ech.dev and defo.ie.
 */
const echPublicNames: readonly string[] = [
  'cloudflare-ech.com',
  'ech-public.atmeta.com',
  'public.tls-ech.dev',
  'cover.defo.ie',
];

const NAMES = echPublicNames.map((name) => Buffer.from(name, 'latin1'));

/** True when `buf[start, end)` is one of `echPublicNames`, in any case and with or without the final dot. */
export function isEchPublicName(buf: Buffer, start: number, end: number): boolean {
  const len = end > start && buf[end - 1] === 0x2e ? end - start - 1 : end - start;
  for (let i = 0; i < NAMES.length; i++) {
    if (NAMES[i]!.length === len && equalsIgnoringCase(NAMES[i]!, buf, start)) return true;
  }
  return false;
}

function equalsIgnoringCase(name: Buffer, buf: Buffer, start: number): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = buf[start + i]!;
    if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== name[i]) return false;
  }
  return true;
}
