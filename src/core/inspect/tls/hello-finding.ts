import type { Finding } from '../inspector.js';
import type { ClientHello } from './client-hello.js';
import { isEchPublicName } from './ech-public-names.js';

/** ALPN names that nearly every hello carries, so that no string is built for them. */
const COMMON_ALPN = ['h2', 'http/1.1', 'h3', 'h3-29', 'http/1.0', 'spdy/3.1', 'dot', 'doq'];
const COMMON_ALPN_BYTES = COMMON_ALPN.map((name) => Buffer.from(name, 'latin1'));

/**
 * Copies what `hello`, parsed from `buf`, says into `finding`; of one that is not whole, nothing but the name and what
 * stands beside it is to be trusted.
 *
 * On `ech`: browsers put a GREASE encrypted_client_hello into hellos for servers whose keys they don't know, and make
 * it of the same type, with a plausible cipher suite, a random config_id, a 32-byte `enc` and a payload of a plausible
 * length (RFC 9849 §6.2). By design an observer without the server's key can't tell it from a real one, so that `ech`
 * says no more than "the extension is there". What can be told: an outer name that is a known public name, or no name
 * at all beside the extension, belongs to a real one; both set `nameEncrypted`. Any other name is most likely the site.
 */
export function reportHello(buf: Buffer, hello: ClientHello, finding: Finding, isWhole: boolean): void {
  finding.ech = hello.ech;
  finding.tlsVersion = hello.version;
  finding.hello = hello;
  finding.helloBuf = isWhole ? buf : null;
  if (hello.alpnStart >= 0) finding.alpn = alpnName(buf, hello.alpnStart, hello.alpnEnd);
  if (hello.serverNameStart >= 0) {
    finding.nameBuf = buf;
    finding.nameStart = hello.serverNameStart;
    finding.nameEnd = hello.serverNameEnd;
    finding.nameEncrypted =
      hello.esni || (hello.ech && isEchPublicName(buf, hello.serverNameStart, hello.serverNameEnd));
  } else {
    finding.nameEncrypted = hello.ech || hello.esni;
  }
}

function alpnName(buf: Buffer, start: number, end: number): string {
  for (let i = 0; i < COMMON_ALPN.length; i++) {
    const name = COMMON_ALPN_BYTES[i]!;
    if (name.length === end - start && startsWith(buf, start, name)) return COMMON_ALPN[i]!;
  }
  return buf.toString('latin1', start, end);
}

function startsWith(buf: Buffer, start: number, name: Buffer): boolean {
  for (let i = 0; i < name.length; i++) if (buf[start + i] !== name[i]) return false;
  return true;
}
