import { be32 } from './fields.js';
import type { ForgedPacket } from './packet.js';

/** A Solaris snoop capture (RFC 1761); link type 4 is Ethernet. Records are padded to four bytes. */
export function snoopFile(packets: readonly ForgedPacket[], linkType = 4, version = 2): Buffer {
  const header = Buffer.concat([Buffer.from('snoop\0\0\0', 'latin1'), be32(version), be32(linkType)]);
  return Buffer.concat([header, ...packets.map(snoopRecord)]);
}

function snoopRecord({ data, timeMicros, wireLen }: ForgedPacket): Buffer {
  const padding = Buffer.alloc(-data.length & 3);
  const seconds = Math.floor(timeMicros / 1e6);
  return Buffer.concat([
    be32(wireLen ?? data.length),
    be32(data.length),
    be32(24 + data.length + padding.length),
    be32(0),
    be32(seconds),
    be32(timeMicros - seconds * 1e6),
    data,
    padding,
  ]);
}
