import { parseExactIpPrefix } from '../common/ip-prefix.js';
import { ipv4Text, ipv6Text } from '../report/address-text.js';

/** The 4 or 16 bytes of an address, null for other text. */
export function ipBytes(text: string): Buffer | null {
  const prefix = parseExactIpPrefix(text);
  if (prefix === null) return null;
  const bytes = Buffer.alloc(prefix.words.length * 4);
  for (const [i, word] of prefix.words.entries()) bytes.writeUInt32BE(word, i * 4);
  return bytes;
}

/** The address as reports show it. */
export function ipText(bytes: Buffer): string {
  const words = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32BE(i * 4));
  return bytes.length === 4 ? ipv4Text(words[0]!) : ipv6Text(words[0]!, words[1]!, words[2]!, words[3]!);
}
