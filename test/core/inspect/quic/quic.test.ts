import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import {
  Finding,
  FOUND,
  InspectContext,
  type InspectStatus,
  MALFORMED,
  NEED_MORE,
  NOT_MINE,
  ROLE_CLIENT,
  ROLE_SERVER,
  ROLE_UNKNOWN,
  TO_INITIATOR,
  TO_RESPONDER,
} from '../../../../src/core/inspect/inspector.js';
import { FastestCipher } from '../../../../src/core/inspect/quic/fastest-cipher.js';
import { quicInspector } from '../../../../src/core/inspect/quic/quic.js';
import { helloMessage } from '../tls/hello-bytes.js';
import {
  CLIENT_FRAMES,
  RFC9001_A2_HEAD,
  RFC9001_A2_TAG,
  RFC9001_A3,
  RFC9001_A4,
  RFC9369_A2_HEAD,
  RFC9369_A2_TAIL,
  RFC9369_A4,
} from './rfc-vectors.js';
import { CLIENT_ID, cryptoFrame, type SealOptions, sealInitial, V2_SALT } from './seal-initial.js';

let context = new InspectContext();
const finding = new Finding();

function inspect(bytes: Buffer, direction: 0 | 1 = TO_RESPONDER, final = false): InspectStatus {
  const buf = Buffer.concat([Buffer.alloc(2, 0xc0), bytes, Buffer.alloc(2, 0xc0)]);
  finding.reset();
  context.direction = direction;
  context.final = final;
  return quicInspector.inspect(buf, 2, 2 + bytes.length, context, finding);
}

function name(): string | null {
  return finding.nameBuf === null ? null : finding.nameBuf.toString('latin1', finding.nameStart, finding.nameEnd);
}

function forget(): void {
  if (context.state !== undefined) quicInspector.end!(context.state);
  context = new InspectContext();
}

afterEach(forget);

const V2: SealOptions = { version: 0x6b3343cf, salt: V2_SALT, labelPrefix: 'quicv2', typeBits: 1 };
const MESSAGE = helloMessage({ name: 'video.example', alpn: ['h3'], versions: [0x0304], sessionIdLen: 0 });
/** As large as a post-quantum hello: it needs two packets. */
const LARGE = helloMessage({ name: 'large.example', alpn: ['h3'], paddingLen: 1_500, sessionIdLen: 0 });

function initial(message: Buffer, start = 0, end = message.length, options: SealOptions = {}): Buffer {
  return sealInitial(cryptoFrame(message, start, end), options);
}

describe('RFC vectors', () => {
  it('opens the client Initial of RFC 9001 A.2', () => {
    const packet = sealInitial(CLIENT_FRAMES, { packetNumber: 2 });
    expect(packet.length).toBe(1_200);
    expect(packet.toString('hex', 0, 48)).toBe(RFC9001_A2_HEAD);
    expect(packet.toString('hex').endsWith(RFC9001_A2_TAG)).toBe(true);
    expect(inspect(packet)).toBe(FOUND);
    expect(name()).toBe('example.com');
    expect(finding).toMatchObject({ protocol: 'quic', quicVersion: 1, tlsVersion: 0x0304, alpn: 'alpn', ech: false });
    expect(finding.role).toBe(ROLE_CLIENT);
    expect(context.state).toBeUndefined();
  });

  it('opens the client Initial of RFC 9369 A.2', () => {
    const packet = sealInitial(CLIENT_FRAMES, { ...V2, packetNumber: 2 });
    expect(packet.toString('hex', 0, 48)).toBe(RFC9369_A2_HEAD);
    expect(packet.toString('hex').endsWith(RFC9369_A2_TAIL)).toBe(true);
    expect(inspect(packet)).toBe(FOUND);
    expect(name()).toBe('example.com');
    expect(finding.quicVersion).toBe(0x6b3343cf);
  });

  it('takes a server Initial and a Retry for QUIC and waits for the client', () => {
    for (const packet of [RFC9001_A3, RFC9001_A4, RFC9369_A4]) {
      forget();
      expect(inspect(packet, TO_INITIATOR)).toBe(FOUND);
      expect([finding.protocol, finding.role, name(), context.state]).toEqual(['quic', ROLE_UNKNOWN, null, undefined]);
      expect(inspect(initial(MESSAGE))).toBe(FOUND);
      expect(name()).toBe('video.example');
      forget();
      expect(inspect(packet, TO_INITIATOR, true)).toBe(FOUND);
      expect(name()).toBeNull();
    }
  });
});

describe('versions', () => {
  const cases: [string, SealOptions][] = [
    ['draft-34', { version: 0xff000022 }],
    ['draft-29', { version: 0xff00001d, salt: 'afbfec289993d24c9e9786f19c6111e04390a899' }],
    ['draft-27', { version: 0xff00001b, salt: 'c3eef712c72ebb5a11a7d2432bb46365bef9f502' }],
    ['draft-22', { version: 0xff000016, salt: '7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a' }],
    ['mvfst draft 27', { version: 0xfaceb002, salt: 'c3eef712c72ebb5a11a7d2432bb46365bef9f502' }],
    ['mvfst version 1', { version: 0xfaceb003 }],
    ['reserved, as draft 29', { version: 0x1a2a3a4a, salt: 'afbfec289993d24c9e9786f19c6111e04390a899' }],
    ['reserved, as version 1', { version: 0xfafafafa }],
  ];
  it.each(cases)('reads %s', (_, options) => {
    expect(inspect(initial(MESSAGE, 0, MESSAGE.length, options))).toBe(FOUND);
    expect(name()).toBe('video.example');
    expect(finding.quicVersion).toBe(options.version);
  });

  it('knows Version Negotiation, and reads the Initial in the version that follows', () => {
    const negotiation = Buffer.concat([
      Buffer.from('80000000000008', 'hex'),
      CLIENT_ID,
      Buffer.from('1a2a3a4a00000001', 'hex'),
    ]);
    expect(inspect(negotiation, TO_INITIATOR)).toBe(FOUND);
    expect(name()).toBeNull();
    expect(inspect(initial(MESSAGE))).toBe(FOUND);
    forget();
    const unknown = Buffer.concat([Buffer.from('80000000000008', 'hex'), CLIENT_ID, Buffer.from('12345678', 'hex')]);
    expect(inspect(unknown, TO_INITIATOR)).toBe(NOT_MINE);
  });

  it('reads the CHLO of Google versions, in clear and protected', () => {
    const chlo = Buffer.concat([
      Buffer.from('CHLO'),
      Buffer.from([2, 0, 0, 0]),
      Buffer.from('PAD\0'),
      Buffer.from([30, 0, 0, 0]),
      Buffer.from('SNI\0'),
      Buffer.from([43, 0, 0, 0]),
      Buffer.alloc(30, 0x2d),
      Buffer.from('www.video.com'),
    ]);
    const stream = Buffer.concat([Buffer.from([0xa0, 1, 0, chlo.length]), chlo]);
    const head = Buffer.concat([CLIENT_ID, Buffer.from('Q043'), Buffer.from([1]), Buffer.alloc(12)]);
    expect(inspect(Buffer.concat([Buffer.from([0x0d]), head, stream]))).toBe(FOUND);
    expect(name()).toBe('www.video.com');
    expect(finding.quicVersion).toBe(0x51303433);

    const q046 = [Buffer.from([0xc3]), Buffer.from('Q046'), Buffer.from([0x50]), CLIENT_ID, Buffer.alloc(16), stream];
    expect(inspect(Buffer.concat(q046))).toBe(FOUND);
    expect(name()).toBe('www.video.com');

    // The last frame of a packet needs no length; an empty value before SNI is passed over; a second CHLO begins behind
    // the first.
    const bare = Buffer.concat([Buffer.from([0x80, 1]), chlo]);
    bare.writeUInt32LE(0, 2 + 12);
    bare.writeUInt32LE(13, 2 + 20);
    forget();
    expect(
      inspect(Buffer.concat([Buffer.from([0x0d]), head, Buffer.concat([bare.subarray(0, 26), bare.subarray(56)])])),
    ).toBe(FOUND);
    expect(name()).toBe('www.video.com');
    forget();
    const second = Buffer.concat([Buffer.from([0xa4, 1, 4, 0, 0, chlo.length]), chlo]);
    expect(inspect(Buffer.concat([...q046.slice(0, -1), second]))).toBe(FOUND);
    expect(name()).toBe('www.video.com');
    for (let len = 0; len < second.length; len++) {
      forget();
      const status = inspect(Buffer.concat([...q046.slice(0, -1), second.subarray(0, len)]));
      expect([status === FOUND && name() !== null, len]).toEqual([false, len]);
    }
    forget();

    const options = { version: 0x51303530, salt: '504574efd066fe2f9d945cfcdbd3a7f0d3b56b45' };
    expect(inspect(sealInitial(cryptoFrame(chlo, 0, chlo.length, 8), options))).toBe(FOUND);
    expect(name()).toBe('www.video.com');
  });
});

describe('reassembly', () => {
  it('joins CRYPTO frames shuffled, overlapping and repeated over packets', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(LARGE.length - 1), fc.integer({ min: 1, max: 400 })), { maxLength: 12 }),
        fc.integer({ min: 60, max: 700 }),
        fc.infiniteStream(fc.nat(1_000)),
        fc.integer({ min: 1, max: 6 }),
        (overlaps, pieceLen, order, framesPerPacket) => {
          forget();
          const pieces = overlaps.map(([start, len]) => [start, Math.min(LARGE.length, start + len)] as const);
          for (let at = 0; at < LARGE.length; at += pieceLen) pieces.push([at, Math.min(LARGE.length, at + pieceLen)]);
          const rank = new Map(pieces.map((piece) => [piece, order.next().value as number]));
          pieces.sort((a, b) => rank.get(a)! - rank.get(b)!);
          const covered = new Uint8Array(LARGE.length + 1);
          for (let i = 0; i < pieces.length; i += framesPerPacket) {
            const group = pieces.slice(i, i + framesPerPacket);
            const frames = group.map(([start, end]) =>
              Buffer.concat([cryptoFrame(LARGE, start, end), Buffer.from([0, 0, 1])]),
            );
            for (const [start, end] of group) covered.fill(1, start, end);
            const status = inspect(
              sealInitial(Buffer.concat(frames), { packetNumber: i, packetNumberLen: 1 + (i % 4) }),
            );
            if (covered.indexOf(0) >= LARGE.length) {
              expect(status).toBe(FOUND);
              expect(name()).toBe('large.example');
              return;
            }
            expect(status).toBe(NEED_MORE);
          }
          expect.unreachable();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('keeps the keys of the first Initial when the server changes the connection id', () => {
    expect(inspect(initial(LARGE, 0, 700))).toBe(NEED_MORE);
    expect(inspect(RFC9001_A3, TO_INITIATOR)).toBe(NEED_MORE);
    const serverId = Buffer.from('f067a5502a4262b5', 'hex');
    const ack = Buffer.from([2, 0, 0, 0, 0]);
    const second = Buffer.concat([ack, cryptoFrame(LARGE, 700, LARGE.length)]);
    expect(inspect(sealInitial(second, { destinationId: serverId, keyId: CLIENT_ID, packetNumber: 1 }))).toBe(FOUND);
    expect(name()).toBe('large.example');
  });

  it('follows a Retry to keys from the new connection id, and keeps what came before it', () => {
    expect(inspect(initial(LARGE, 700, LARGE.length))).toBe(NEED_MORE);
    expect(inspect(RFC9001_A4, TO_INITIATOR)).toBe(NEED_MORE);
    const destinationId = Buffer.from('f067a5502a4262b5', 'hex');
    expect(inspect(initial(LARGE, 0, 700, { destinationId, token: Buffer.from('token') }))).toBe(FOUND);
    expect(name()).toBe('large.example');
  });

  describe('of several hellos between the same ports', () => {
    const DECOY = helloMessage({ name: 'decoy.example', alpn: ['h3'], paddingLen: 1_500, sessionIdLen: 0 });
    const otherId = { destinationId: Buffer.from('0102030405060708', 'hex') };

    it('reads two whose packets alternate, each with its own connection id', () => {
      expect(inspect(initial(DECOY, 0, 900))).toBe(NEED_MORE);
      expect(inspect(initial(LARGE, 0, 900, otherId))).toBe(NEED_MORE);
      expect(inspect(initial(DECOY, 900, DECOY.length))).toBe(FOUND);
      expect(name()).toBe('decoy.example');
      expect(quicInspector.isPending!(context.state)).toBe(true);
      expect(inspect(initial(LARGE, 900, LARGE.length, otherId))).toBe(FOUND);
      expect(name()).toBe('large.example');
      expect(quicInspector.isPending!(context.state)).toBe(false);
    });

    it('reads a fake one and the real one under the same id, however they are split', () => {
      for (let cut = 60; cut < LARGE.length; cut += 97) {
        forget();
        expect(inspect(initial(DECOY, 0, cut))).toBe(NEED_MORE);
        expect(inspect(initial(LARGE, 0, cut))).toBe(NEED_MORE);
        expect(inspect(initial(LARGE, cut, LARGE.length))).toBe(FOUND);
        expect(name(), `cut at ${cut}`).toBe('large.example');
      }
    });

    it('reads the real one behind any number of incomplete ones, and counts those given up', () => {
      for (let i = 0; i < 20; i++) {
        const destinationId = Buffer.from(`${String(10 + i)}02030405060708`, 'hex');
        expect(inspect(initial(DECOY, 0, 500, { destinationId }))).toBe(NEED_MORE);
      }
      expect(inspect(initial(LARGE, 0, 900, otherId))).toBe(NEED_MORE);
      expect(inspect(initial(LARGE, 900, LARGE.length, otherId))).toBe(FOUND);
      expect(name()).toBe('large.example');
      expect(context.refusedPieces).toBe(18);
    });

    it('says at the end what is there of each', () => {
      inspect(initial(DECOY, 0, DECOY.length - 20));
      inspect(initial(LARGE, 0, LARGE.length - 20, otherId));
      const names = [];
      for (let i = 0; i < 3; i++) if (inspect(Buffer.alloc(0), TO_RESPONDER, true) === FOUND) names.push(name());
      expect(names).toEqual(['decoy.example', 'large.example']);
    });
  });

  it('joins CRYPTO frames of one byte, first the even and then the odd ones, behind PINGs', () => {
    const frames = (first: number, last: number) => {
      const list: Buffer[] = [];
      for (let at = first; at < last; at += 2) list.push(cryptoFrame(LARGE, at, at + 1));
      return Buffer.concat(list);
    };
    for (let i = 0; i < 60; i++) expect(inspect(sealInitial(Buffer.from([1])))).toBe(NEED_MORE);
    for (const parity of [0, 1]) {
      for (let at = 0; at < LARGE.length; at += 600) {
        inspect(sealInitial(frames(at + parity, Math.min(at + 600, LARGE.length))));
      }
    }
    expect(name()).toBe('large.example');
    expect(context.refusedPieces).toBe(0);
  });

  it('derives keys once for a datagram, and passes over packets with another connection id', () => {
    const cipher = new FastestCipher();
    let derivations = 0;
    context.initialCipher = {
      deriveKeys: (...all) => {
        derivations++;
        cipher.deriveKeys(...all);
      },
      headerMask: (...all) => cipher.headerMask(...all),
      decrypt: (...all) => cipher.decrypt(...all),
    };
    const packets = (ids: string[]) =>
      ids.map((id) => Buffer.concat([Buffer.from(`c30000000108${id}00004016`, 'hex'), Buffer.alloc(22, 7)]));
    const noise = ['1122334455667788', '2122334455667788', '3122334455667788', '1122334455667788'];
    expect(inspect(Buffer.concat(packets(noise)))).toBe(FOUND);
    expect([derivations, name(), context.state]).toEqual([1, null, undefined]);
    const own = packets([CLIENT_ID.toString('hex')]);
    expect(inspect(Buffer.concat([...own, initial(MESSAGE)]))).toBe(FOUND);
    expect([derivations, name()]).toEqual([2, 'video.example']);
  });

  it('reads the name of a hello that is longer than any that is collected', () => {
    const huge = Buffer.from(helloMessage({ name: 'huge.example', alpn: ['h3'], sessionIdLen: 0 }));
    huge.writeUIntBE(70_000, 1, 3);
    expect(inspect(initial(huge))).toBe(FOUND);
    expect(name()).toBe('huge.example');
  });

  it('starts over for a new connection between the same ports', () => {
    expect(inspect(initial(LARGE, 0, 700))).toBe(NEED_MORE);
    const destinationId = Buffer.from('0102030405060708', 'hex');
    expect(inspect(initial(MESSAGE, 0, MESSAGE.length, { destinationId }))).toBe(FOUND);
    expect(name()).toBe('video.example');
  });

  it('reads an Initial coalesced behind other packets, and passes over short headers', () => {
    const zeroRtt = Buffer.concat([
      Buffer.from('d00000000108', 'hex'),
      CLIENT_ID,
      Buffer.from([0, 30]),
      Buffer.alloc(30, 7),
    ]);
    const datagram = Buffer.concat([zeroRtt, initial(LARGE, 0, 900, { payloadLen: 0 })]);
    expect(inspect(datagram)).toBe(NEED_MORE);
    expect(inspect(Buffer.concat([Buffer.from([0x41]), Buffer.alloc(60, 3)]))).toBe(NEED_MORE);
    expect(inspect(initial(LARGE, 900, LARGE.length))).toBe(FOUND);
    expect(name()).toBe('large.example');
  });

  it('gives the name from what is there when nothing more will come', () => {
    expect(inspect(initial(LARGE, 0, 700))).toBe(NEED_MORE);
    expect(inspect(Buffer.alloc(0), TO_INITIATOR, true)).toBe(FOUND);
    expect(finding.role).toBe(ROLE_SERVER);
    expect(name()).toBe('large.example');
  });
});

describe('robustness', () => {
  it('reads a packet that the capture cut, as far as it goes', () => {
    const packet = initial(MESSAGE);
    const nameEnd = 22 + 4 + MESSAGE.indexOf('video.example') + 13;
    for (let len = 0; len < packet.length; len++) {
      forget();
      const status = inspect(packet.subarray(0, len), TO_RESPONDER, true);
      if (len < 18) expect(status).toBe(NOT_MINE);
      else expect(status).toBe(FOUND);
      if (len > nameEnd) expect(name()).toBe('video.example');
    }
  });

  it('finds no name, but QUIC, in a hello without SNI, and marks ECH', () => {
    expect(inspect(initial(helloMessage({ versions: [0x0304] })))).toBe(FOUND);
    expect(name()).toBeNull();
    expect(inspect(initial(helloMessage({ name: 'cloudflare-ech.com', extra: [[0xfe0d, Buffer.alloc(100)]] })))).toBe(
      FOUND,
    );
    expect(finding).toMatchObject({ ech: true, nameEncrypted: true });
  });

  it('calls a CRYPTO stream without a ClientHello malformed', () => {
    const message = Buffer.from(MESSAGE);
    message[0] = 9;
    expect(inspect(initial(message))).toBe(MALFORMED);
  });

  it('does not believe frames that may not be in an Initial', () => {
    const frames = Buffer.concat([cryptoFrame(MESSAGE, 0, MESSAGE.length), Buffer.from([0x08, 0, 1])]);
    expect(inspect(sealInitial(frames))).toBe(FOUND);
    expect(name()).toBeNull();
  });

  it('refuses other UDP payloads at once', () => {
    const cases = [
      '',
      'c0',
      'c000000002',
      '8180012a00000000',
      'ffffffffffffffffffffffffffff',
      'c0000000010815',
      '4142434445464748494a',
    ];
    for (const bytes of cases) expect(inspect(Buffer.from(bytes, 'hex'))).toBe(NOT_MINE);
    expect(context.state).toBeUndefined();
  });

  it('survives random and mutated packets', () => {
    const packet = initial(MESSAGE);
    const version = Buffer.from('c00000000108', 'hex');
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }),
        fc.boolean(),
        (bytes, changes, final) => {
          forget();
          const mutated = Buffer.from(packet);
          for (const [at, value] of changes) mutated[at] = value;
          const google = Buffer.concat([Buffer.from([0x0d]), CLIENT_ID, Buffer.from('Q043'), Buffer.alloc(13), bytes]);
          for (const buf of [
            Buffer.from(bytes),
            Buffer.concat([version, bytes]),
            mutated,
            google,
            sealInitial(Buffer.from(bytes)),
          ]) {
            const status = inspect(buf, TO_RESPONDER, final);
            if (final) expect(status).not.toBe(NEED_MORE);
            if (finding.nameBuf !== null) {
              expect(finding.nameEnd).toBeGreaterThan(finding.nameStart);
              expect(finding.nameEnd).toBeLessThanOrEqual(finding.nameBuf.length);
            }
          }
        },
      ),
    );
  });
});
