import type { Prng } from '../forge/prng.js';

/** Returns the frames that stand in place of `frame`, which stays as it is. */
type FrameMutation = (frame: Buffer, prng: Prng) => Buffer[];

const SHORT_EDGES = [0, 1, 2, 3, 4, 5, 7, 8, 20, 63, 64, 127, 128, 191, 192, 254, 255];
const WORD_EDGES = [0, 1, 7, 8, 19, 20, 28, 255, 256, 511, 512, 1500, 16383, 16384, 16385, 32767, 32768, 65534, 65535];
const SHARDS = [
  '\r\n\r\n',
  '\r\nHost: ',
  'GET / HTTP/1.1\r\n',
  'CONNECT a:443 HTTP/1.1\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01',
];
const SNI = Buffer.from('www.example.org');

/** Mutations that know where the length fields of a protocol lie: they find them by what stands before them. */
export const FRAME_MUTATIONS: Readonly<Record<string, FrameMutation>> = {
  /** IPv4: version, header length, total length, fragment field, protocol, ports, data offset, UDP length. */
  ipv4Header(frame, prng) {
    return onCopy(frame, findIpv4(frame), (copy, ip) => {
      const field = prng.pick([0, 2, 3, 4, 6, 7, 8, 9, 20, 22, 24, 25, 32, 33]);
      copy[ip + field] = prng.chance(0.5) ? prng.pick(SHORT_EDGES) : prng.int(256);
    });
  },

  addresses(frame, prng) {
    return onCopy(frame, findIpv4(frame), (copy, ip) => {
      if (prng.chance(0.5)) copy.copy(copy, ip + 12, ip + 16, ip + 20);
      else copy.writeUInt32BE(prng.pick([0, 0xffffffff, 0x7f000001, 0xe0000001]), ip + prng.pick([12, 16]));
    });
  },

  ports(frame, prng) {
    return onCopy(frame, findIpv4(frame), (copy, ip) => {
      const ports = [0, 21, 25, 53, 80, 443, 1080, 3128, 5353, 5355, 8080, 4789, 2152, 3544, 6081, 1701, 65535];
      copy.writeUInt16BE(prng.pick(ports), ip + 20 + prng.pick([0, 2]));
    });
  },

  tcpFlags(frame, prng) {
    return onCopy(frame, findIpv4(frame), (copy, ip) => {
      copy[ip + 33] = prng.int(256);
    });
  },

  /** Sequence numbers a little off, far off, or round the wrap. */
  sequence(frame, prng) {
    return onCopy(frame, findIpv4(frame), (copy, ip) => {
      if (copy[ip + 9] !== 6) return;
      const seq = copy.readUInt32BE(ip + 24);
      const shift = prng.pick([-1, 1, -100, 100, 1460, -1460, 65535, 65536, 0x7fffffff, 0x80000000]);
      copy.writeUInt32BE((seq + shift) >>> 0, ip + 24);
    });
  },

  /** One IPv4 packet becomes fragments, which may overlap, miss a part, or come in another order. */
  fragment(frame, prng) {
    const ip = findIpv4(frame);
    if (ip < 0) return [frame];
    const headerLen = (frame[ip]! & 15) * 4;
    const payload = frame.subarray(ip + headerLen);
    if (payload.length < 24 || headerLen < 20) return [frame];
    const id = prng.int(65536);
    const step = prng.between(1, Math.max(1, payload.length >> 4)) * 8;
    const out: Buffer[] = [];
    for (let at = 0; at < payload.length && out.length < 40; at += step) {
      const end = Math.min(payload.length, at + step + (prng.chance(0.1) ? 8 : 0));
      const fragment = Buffer.concat([frame.subarray(0, ip + headerLen), payload.subarray(at, end)]);
      fragment.writeUInt16BE(headerLen + end - at, ip + 2);
      fragment.writeUInt16BE(id, ip + 4);
      const offset = prng.chance(0.02) ? prng.int(0x1fff) : at >> 3;
      fragment.writeUInt16BE(((end < payload.length ? 0x2000 : 0) | offset) & 0xffff, ip + 6);
      if (!prng.chance(0.03)) out.push(fragment);
    }
    return prng.chance(0.4) ? prng.shuffle(out) : out;
  },

  /** A length within a ClientHello or its record: record, handshake, session id, cipher suites, extensions, names. */
  tls(frame, prng) {
    return onCopy(frame, findTls(frame), (copy, record) => {
      const fields = [3, 5, 6, 7, 43, 44, 45];
      const at = prng.chance(0.4) ? record + prng.pick(fields) : record + prng.int(copy.length - record);
      if (prng.chance(0.5) && at + 2 <= copy.length) copy.writeUInt16BE(prng.pick(WORD_EDGES), at);
      else if (at < copy.length) copy[at] = prng.pick(SHORT_EDGES);
    });
  },

  /** First byte, version, id lengths, token and length varints of a QUIC long header, or what follows. */
  quic(frame, prng) {
    return onCopy(frame, findQuic(frame), (copy, header) => {
      const at = prng.chance(0.6) ? header + prng.int(32) : header + prng.int(copy.length - header);
      if (at >= copy.length) return;
      copy[at] = prng.chance(0.5) ? prng.pick([0, 1, 20, 21, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff]) : prng.int(256);
    });
  },

  /** Counts, label lengths and compression pointers of a DNS message. */
  dns(frame, prng) {
    return onCopy(frame, findDns(frame), (copy, message) => {
      if (prng.chance(0.4)) {
        copy.writeUInt16BE(prng.pick(WORD_EDGES), message + prng.pick([2, 4, 6, 8, 10]));
        return;
      }
      const at = message + 12 + prng.int(Math.max(1, copy.length - message - 14));
      if (at + 2 > copy.length) return;
      if (prng.chance(0.5)) copy.writeUInt16BE(0xc000 | prng.int(copy.length - message + 4), at);
      else copy[at] = prng.pick(SHORT_EDGES);
    });
  },

  /** The payload in pieces that arrive in any order, some twice, some never. */
  resegment(frame, prng) {
    const ip = findIpv4(frame);
    if (ip < 0 || frame[ip + 9] !== 6) return [frame];
    const start = ip + 20 + (frame[ip + 32]! >> 4) * 4;
    const seq = frame.readUInt32BE(ip + 24);
    if (start < ip + 40 || start + 2 > frame.length) return [frame];
    const step = prng.pick([1, 2, 3, 5, 9, 40, 100, 400]);
    const out: Buffer[] = [];
    for (let at = start; at < frame.length && out.length < 60; at += step) {
      const end = Math.min(frame.length, at + step + (prng.chance(0.1) ? prng.int(20) : 0));
      const piece = Buffer.concat([frame.subarray(0, start), frame.subarray(at, end)]);
      piece.writeUInt16BE(piece.length - ip, ip + 2);
      piece.writeUInt32BE((seq + at - start) >>> 0, ip + 24);
      if (!prng.chance(0.02)) out.push(piece);
      if (prng.chance(0.05)) out.push(piece);
    }
    return prng.chance(0.4) ? prng.shuffle(out) : out;
  },

  cutFrame(frame, prng) {
    return [frame.subarray(0, prng.int(frame.length + 1))];
  },

  growFrame(frame, prng) {
    return [Buffer.concat([frame, prng.bytes(prng.pick([1, 6, 46, 300, 2000]))])];
  },

  /** A byte somewhere, or a piece of a protocol where it does not belong. */
  frameBytes(frame, prng) {
    if (frame.length < 16) return [frame];
    const copy = Buffer.from(frame);
    const at = prng.int(copy.length);
    if (prng.chance(0.3)) copy.write(prng.pick(SHARDS), at, 'latin1');
    else copy[at] = prng.int(256);
    return [copy];
  },

  /** Every byte value in names. */
  hostBytes(frame, prng) {
    const at = Math.max(frame.indexOf('Host: '), frame.indexOf(SNI));
    if (at < 0 || at + 12 > frame.length) return [frame];
    const copy = Buffer.from(frame);
    for (let n = 0; n < 4; n++) copy[at + 6 + prng.int(6)] = prng.int(256);
    return [copy];
  },
};

function onCopy(frame: Buffer, at: number, change: (copy: Buffer, at: number) => void): Buffer[] {
  if (at < 0) return [frame];
  const copy = Buffer.from(frame);
  change(copy, at);
  return [copy];
}

/**
 * Where an IPv4 header with TCP or UDP behind it begins, -1 when none does; at least 36 bytes from there are present.
 */
function findIpv4(frame: Buffer): number {
  const last = Math.min(frame.length - 36, 60);
  for (let at = 0; at <= last; at++) {
    if (frame[at] === 0x45 && (frame[at + 9] === 6 || frame[at + 9] === 17)) return at;
  }
  return -1;
}

/** Where a TLS handshake record begins. */
function findTls(frame: Buffer): number {
  for (let at = 20; at + 46 < frame.length; at++) {
    if (frame[at] === 0x16 && frame[at + 1] === 3 && frame[at + 2]! <= 4 && frame[at + 5] === 1) return at;
  }
  return -1;
}

/** Where a QUIC long header begins: UDP payload with the two upper bits set. */
function findQuic(frame: Buffer): number {
  const ip = findIpv4(frame);
  if (ip < 0 || frame[ip + 9] !== 17) return -1;
  const at = ip + 28;
  return frame.length > at + 40 && (frame[at]! & 0xc0) === 0xc0 ? at : -1;
}

/** Where a DNS message begins: behind UDP with port 53, 5353 or 5355. */
function findDns(frame: Buffer): number {
  const ip = findIpv4(frame);
  if (ip < 0 || frame[ip + 9] !== 17 || frame.length < ip + 28 + 16) return -1;
  const ports = [frame.readUInt16BE(ip + 20), frame.readUInt16BE(ip + 22)];
  return ports.some((port) => port === 53 || port === 5353 || port === 5355) ? ip + 28 : -1;
}
