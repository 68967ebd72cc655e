import { Sha1Block } from '../common/sha1.js';

/**
 * Community ID of a connection (Community ID Flow Hashing, version 1.0): the same text in every tool that implements
 * it. The seed is 0.
 */
const VERSION = Buffer.from('1:');
const ICMP = 1;
const TCP = 6;
const UDP = 17;
const ICMPV6 = 58;
const SCTP = 132;
const SEED_LEN = 2;
const IPV4_LEN = 4;
const IPV6_LEN = 16;

/** ICMP types that come in pairs of request and reply; each stands for a port. All others have no counterpart. */
const ICMP_PAIRS = pairs([8, 0], [10, 9], [13, 14], [15, 16], [17, 18]);
const ICMPV6_PAIRS = pairs([128, 129], [130, 131], [133, 134], [135, 136], [139, 140], [144, 145]);

const BASE64 = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
/** The version, then 20 bytes in base64, one `=` included. */
const TEXT_LEN = 30;
const PADDING = 0x3d;
/** Bits of a digest's word. */
const WORD_BITS = 32;

/** A connection, seen from the sender of its first packet. Make one and reuse it. */
export class FlowTuple {
  readonly source: Int32Array = new Int32Array(4);
  readonly destination: Int32Array = new Int32Array(4);
  isIpv6 = false;
  /** IP protocol number. */
  protocol = 0;
  /** For ICMP, type and code of the first packet. */
  sourcePort = 0;
  destinationPort = 0;
}

/** Makes community ids. */
export class CommunityIds {
  private readonly sha1 = new Sha1Block();
  private readonly text = Buffer.alloc(TEXT_LEN, VERSION);

  /** The id of the connection; addresses are big-endian words, of which IPv4 uses the first. */
  of(tuple: FlowTuple): string {
    const { message } = this.sha1;
    const { protocol, source, destination, isIpv6 } = tuple;
    let { sourcePort, destinationPort } = tuple;
    let isOneWay = false;
    if (protocol === ICMP || protocol === ICMPV6) {
      const counterpart = (protocol === ICMP ? ICMP_PAIRS : ICMPV6_PAIRS).get(sourcePort);
      isOneWay = counterpart === undefined;
      destinationPort = counterpart ?? destinationPort;
    }
    const order = compareAddresses(source, destination);
    const isOrdered = isOneWay || order < 0 || (order === 0 && sourcePort < destinationPort);
    if (!isOrdered) [sourcePort, destinationPort] = [destinationPort, sourcePort];
    message.fill(0);
    const addressLen = isIpv6 ? IPV6_LEN : IPV4_LEN;
    let at = SEED_LEN;
    at = writeWords(message, at, isOrdered ? source : destination, addressLen);
    at = writeWords(message, at, isOrdered ? destination : source, addressLen);
    message[at] = protocol;
    at += 2;
    if (hasPorts(protocol)) {
      message[at++] = sourcePort >>> 8;
      message[at++] = sourcePort & 255;
      message[at++] = destinationPort >>> 8;
      message[at++] = destinationPort & 255;
    }
    this.sha1.digest(at);
    return this.withBase64();
  }

  /** The version and the digest; as one text, since joined ones have to be copied again. */
  private withBase64(): string {
    const { text } = this;
    const { words } = this.sha1;
    let at = VERSION.length;
    let left = 0;
    let leftBits = 0;
    for (let n = 0; n < words.length; n++) {
      const word = words[n]!;
      let bits = leftBits + WORD_BITS - 6;
      // The first digit has the bits that the word before left over.
      text[at++] = BASE64[((left << (6 - leftBits)) | (word >>> (WORD_BITS - 6 + leftBits))) & 63]!;
      for (; bits >= 6; bits -= 6) text[at++] = BASE64[(word >>> (bits - 6)) & 63]!;
      left = word;
      leftBits = bits;
    }
    text[at++] = BASE64[(left << (6 - leftBits)) & 63]!;
    text[at] = PADDING;
    return text.toString('latin1');
  }
}

function hasPorts(protocol: number): boolean {
  return protocol === TCP || protocol === UDP || protocol === SCTP || protocol === ICMP || protocol === ICMPV6;
}

function compareAddresses(a: Int32Array, b: Int32Array): number {
  for (let n = 0; n < a.length; n++) if (a[n] !== b[n]) return (a[n]! >>> 0) - (b[n]! >>> 0);
  return 0;
}

function writeWords(message: Uint8Array, start: number, words: Int32Array, len: number): number {
  for (let n = 0; n < len; n++) message[start + n] = (words[n >> 2]! >>> (24 - 8 * (n & 3))) & 255;
  return start + len;
}

function pairs(...list: readonly (readonly [number, number])[]): ReadonlyMap<number, number> {
  return new Map(list.flatMap(([a, b]) => [[a, b] as const, [b, a] as const]));
}
