import { addressBytes } from '../../forge/ip.js';

/** What must not be in a sanitized copy, in any form. */
export interface Secrets {
  readonly macs?: readonly string[];
  readonly addresses?: readonly string[];
  /** Names, users, communities, paths: any text. */
  readonly texts?: readonly string[];
  /** Bytes that tell a time or a number of the site. */
  readonly bytes?: readonly Buffer[];
}

const STUN_COOKIE = [0x21, 0x12, 0xa4, 0x42];

/** The secrets that `copy` still holds, with the form in which it does. Forms of fewer than four bytes are left out. */
export function secretsIn(copy: Buffer, { macs = [], addresses = [], texts = [], bytes = [] }: Secrets): string[] {
  const lower = Buffer.from(copy.toString('latin1').toLowerCase(), 'latin1');
  const found: string[] = [];
  const look = (secret: string, form: string, needle: Buffer, folded = false): void => {
    if (needle.length >= 4 && (folded ? lower : copy).includes(needle)) found.push(`${secret} as ${form}`);
  };
  const lookForText = (secret: string, form: string, text: string): void => {
    look(secret, form, Buffer.from(text.toLowerCase(), 'latin1'), true);
    const wide = Buffer.from(text.toLowerCase(), 'utf16le');
    look(secret, `${form} in UTF-16LE`, wide, true);
    look(secret, `${form} in UTF-16BE`, Buffer.from(wide).swap16(), true);
    for (let lead = 0; lead < 3; lead++) {
      for (const spelled of new Set([text, text.toLowerCase(), text.toUpperCase()])) {
        const letters = Buffer.concat([Buffer.alloc(lead), Buffer.from(spelled, 'latin1')]).toString('base64');
        const inner = letters.slice([0, 2, 3][lead], Math.floor(((lead + text.length) * 8) / 6));
        if (inner.length >= 6) look(secret, `${form} in base64`, Buffer.from(inner));
      }
    }
    look(secret, `${form} in hex`, Buffer.from(Buffer.from(text, 'latin1').toString('hex')), true);
  };
  for (const mac of macs) {
    const address = Buffer.from(mac.replaceAll(':', ''), 'hex');
    const interfaceId = Buffer.concat([address.subarray(0, 3), Buffer.from([0xff, 0xfe]), address.subarray(3)]);
    look(mac, 'bytes', address);
    look(mac, 'EUI-64', interfaceId);
    interfaceId[0]! ^= 2;
    look(mac, 'modified EUI-64', interfaceId);
    look(mac, 'its last bytes', address.subarray(2));
    look(mac, 'reversed', Buffer.from([...address].reverse()));
    for (const separator of [':', '-', '']) lookForText(mac, 'text', mac.replaceAll(':', separator));
  }
  for (const address of addresses) {
    const octets = [...addressBytes(address)];
    look(address, 'bytes', Buffer.from(octets));
    look(address, 'reversed', Buffer.from([...octets].reverse()));
    look(address, 'inverted', Buffer.from(octets.map((byte) => ~byte & 0xff)));
    look(address, 'XORed', Buffer.from(octets.slice(0, 4).map((byte, i) => byte ^ STUN_COOKIE[i]!)));
    lookForText(address, 'text', address);
    lookForText(address, 'hex', Buffer.from(octets).toString('hex'));
    if (octets.length === 4) lookForText(address, 'reverse name', [...octets].reverse().join('.'));
    if (octets.length === 16) look(address, 'its prefix', Buffer.from(octets.slice(0, 8)));
    if (octets.length === 16) look(address, 'its interface id', Buffer.from(octets.slice(8)));
  }
  for (const text of texts) {
    lookForText(text, 'text', text);
    lookForText(text, 'NetBIOS letters', netbios(text));
    lookForText(text, 'backwards', [...text].reverse().join(''));
  }
  for (const one of bytes) look(one.toString('hex'), 'bytes', one);
  return found;
}

/** First-level encoding (RFC 1001 §14.1). */
export function netbios(name: string): string {
  return [...Buffer.from(name.toUpperCase(), 'latin1')]
    .map((byte) => String.fromCharCode(0x41 + (byte >> 4), 0x41 + (byte & 15)))
    .join('');
}
