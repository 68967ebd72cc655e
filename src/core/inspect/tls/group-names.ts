/** Names of key exchange groups (IANA "TLS Supported Groups"), and of drafts that browsers have used. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'sect163k1',
  3: 'sect163r2',
  6: 'sect233k1',
  7: 'sect233r1',
  9: 'sect283k1',
  10: 'sect283r1',
  11: 'sect409k1',
  12: 'sect409r1',
  13: 'sect571k1',
  14: 'sect571r1',
  15: 'secp160k1',
  16: 'secp160r1',
  17: 'secp160r2',
  18: 'secp192k1',
  19: 'secp192r1',
  20: 'secp224k1',
  21: 'secp224r1',
  22: 'secp256k1',
  23: 'secp256r1',
  24: 'secp384r1',
  25: 'secp521r1',
  26: 'brainpoolP256r1',
  27: 'brainpoolP384r1',
  28: 'brainpoolP512r1',
  29: 'x25519',
  30: 'x448',
  31: 'brainpoolP256r1tls13',
  32: 'brainpoolP384r1tls13',
  33: 'brainpoolP512r1tls13',
  41: 'curveSM2',
  256: 'ffdhe2048',
  257: 'ffdhe3072',
  258: 'ffdhe4096',
  259: 'ffdhe6144',
  260: 'ffdhe8192',
  512: 'MLKEM512',
  513: 'MLKEM768',
  514: 'MLKEM1024',
  4587: 'SecP256r1MLKEM768', // 0x11eb
  4588: 'X25519MLKEM768', // 0x11ec
  4589: 'SecP384r1MLKEM1024', // 0x11ed
  4590: 'curveSM2MLKEM768', // 0x11ee
  16696: 'CECPQ2', // 0x4138
  25497: 'X25519Kyber768Draft00', // 0x6399
  25498: 'SecP256r1Kyber768Draft00', // 0x639a
};

/** "x25519" for 29; hex for a number that is not registered. */
export function groupName(group: number): string {
  return NAMES[group] ?? `0x${group.toString(16).padStart(4, '0')}`;
}

/** True for a group with a key exchange that quantum computers are not known to break, alone or beside another. */
export function isPostQuantum(group: number): boolean {
  const isMlKem = group >= 0x0200 && group <= 0x0202;
  const isHybrid = group >= 0x11eb && group <= 0x11ee;
  return isMlKem || isHybrid || group === 0x6399 || group === 0x639a || group === 0x4138;
}
