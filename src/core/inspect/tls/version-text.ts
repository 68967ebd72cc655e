/** What reports call a TLS or DTLS version. */
const NAMES: Readonly<Record<number, string>> = {
  2: 'SSL 2.0', // 0x0002
  768: 'SSL 3.0', // 0x0300
  769: '1.0',
  770: '1.1',
  771: '1.2',
  772: '1.3',
  256: 'DTLS 0.9', // 0x0100, from before the RFC
  65279: '1.0', // DTLS, 0xfeff
  65277: '1.2',
  65276: '1.3',
};

/** "1.3" for 0x0304, "SSL 3.0" for 0x0300, DTLS by its own numbers; null for 0; hex for what is none of them. */
export function tlsVersionText(version: number): string | null {
  if (version === 0) return null;
  return NAMES[version] ?? `0x${version.toString(16).padStart(4, '0')}`;
}
