import { isStatement, type ProofPacket, type Statement } from './claim.js';

/** pcapng (draft-ietf-opsawg-pcapng-03 §4), little-endian: a section with a comment, interfaces, packets. */
const SECTION_HEADER = 0x0a0d0d0a;
const MAGIC = 0x1a2b3c4d;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;
const COMMENT = 1;
const SECTION_OPTIONS = 24;
/** Longest comment that an option holds. */
export const MAX_STATEMENT_LEN = 0xffff;

/** The proof as a pcapng file, the statement as its comment. */
export function proofFile(statement: Statement, packets: readonly ProofPacket[]): Buffer {
  const linkTypes = [...new Set(packets.map(({ linkType }) => linkType))];
  return Buffer.concat([
    block(SECTION_HEADER, [u32(MAGIC), u16(1), u16(0), Buffer.alloc(8, 0xff), comment(JSON.stringify(statement))]),
    ...linkTypes.map((linkType) => block(INTERFACE, [u16(linkType), u16(0), u32(0)])),
    ...packets.map((packet) => packetBlock(packet, linkTypes.indexOf(packet.linkType))),
  ]);
}

/** The statement of a proof; null for a file without one, or with one that lacks something. */
export function statementOf(file: Buffer): Statement | null {
  if (file.length < SECTION_OPTIONS + 4 || file.readUInt32LE(0) !== SECTION_HEADER) return null;
  if (file.readUInt32LE(8) !== MAGIC || file.readUInt16LE(SECTION_OPTIONS) !== COMMENT) return null;
  const start = SECTION_OPTIONS + 4;
  const text = file.toString('utf8', start, start + file.readUInt16LE(SECTION_OPTIONS + 2));
  try {
    const statement: unknown = JSON.parse(text);
    return isStatement(statement) ? statement : null;
  } catch {
    return null;
  }
}

function packetBlock({ tsMicros, frame, wireLen }: ProofPacket, interfaceId: number): Buffer {
  const high = Math.floor(tsMicros / 2 ** 32);
  const head = [u32(interfaceId), u32(high), u32(tsMicros - high * 2 ** 32), u32(frame.length), u32(wireLen)];
  return block(ENHANCED_PACKET, [...head, padded(frame)]);
}

function comment(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([u16(COMMENT), u16(bytes.length), padded(bytes), u32(0)]);
}

function block(type: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const len = u32(body.length + 12);
  return Buffer.concat([u32(type), len, body, len]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
