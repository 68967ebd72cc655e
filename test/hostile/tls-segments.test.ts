import { describe, expect, it } from 'vitest';
import { Prng } from '../forge/prng.js';
import { applicationData, clientHello, RECORD_HANDSHAKE, serverFlight, tlsRecords } from '../forge/tls.js';
import { all, browserHello, conversation, labelsOfEach, NAME, permutations, smallHello } from './engine.js';

const FOUND = `${NAME} by tls`;

/** Lengths that cut `total` bytes into `count` pieces. */
function pieces(total: number, count: number): number[] {
  return [Math.ceil(total / count)];
}

describe('a ClientHello in several segments', () => {
  const hello = smallHello();
  const big = browserHello(NAME, { serverNameAt: 5 });

  it.each([
    ['in order, with a handshake', [0, 1], true],
    ['in order, without', [0, 1], false],
    ['swapped, with a handshake', [1, 0], true],
    ['swapped, without', [1, 0], false],
  ] as const)('is read when cut at any offset, %s', (_, order, handshake) => {
    const found = labelsOfEach(hello.length - 1, (index) => {
      const one = conversation(index);
      if (handshake) one.handshake();
      return one.send('client', hello, { segments: [index + 1, hello.length], order }).packets;
    });
    expect(found).toEqual(all(FOUND, hello.length - 1));
  });

  it.each([true, false])('is read from four segments in any order (handshake: %s)', (handshake) => {
    const orders = permutations(4);
    const found = labelsOfEach(orders.length, (index) => {
      const one = conversation(index);
      if (handshake) one.handshake();
      one.send('client', big, { segments: pieces(big.length, 4), order: orders[index]! });
      return one.send('server', serverFlight()).packets;
    });
    expect(found).toEqual(all(FOUND, orders.length));
  });

  it.each([true, false])('is read from eight shuffled and repeated segments (handshake: %s)', (handshake) => {
    const random = new Prng('segments');
    const found = labelsOfEach(60, (index) => {
      const order = random.shuffle([0, 1, 2, 3, 4, 5, 6, 7, random.int(8), random.int(8)]);
      const one = conversation(index);
      if (handshake) one.handshake();
      return one.send('client', big, { segments: pieces(big.length, 8), order }).packets;
    });
    expect(found).toEqual(all(FOUND, 60));
  });

  it.each([true, false])('is read one byte a segment (handshake: %s)', (handshake) => {
    const one = conversation();
    if (handshake) one.handshake();
    const { packets } = one.send('client', hello, { segments: [1] }).send('server', serverFlight());
    expect(labelsOfEach(1, () => packets)).toEqual([FOUND]);
  });

  it.each([6144, 12_288, 40_000, 65_000])('is read at a length of %i bytes with the name last', (messageLen) => {
    const long = browserHello(NAME, { serverNameAt: 'last', messageLen });
    const inRecords = tlsRecords(
      RECORD_HANDSHAKE,
      clientHello({ serverName: NAME, serverNameAt: 'last', messageLen }),
      16_384,
    );
    const found = labelsOfEach(3, (index) => {
      const one = conversation(index).handshake();
      if (index === 1) return one.send('client', inRecords, { segments: [1448] }).packets;
      const last = Math.ceil(long.length / 1460) - 1;
      const order =
        index === 0
          ? undefined
          : [...Array(last).keys(), last].map((n) => (n % 2 === 0 && n < last ? n + 1 : n - (n % 2)));
      return one.send('client', messageLen > 16_384 ? inRecords : long, {
        order: messageLen > 16_384 ? undefined : order,
      }).packets;
    });
    expect(found).toEqual(all(FOUND, 3));
  });

  it('is read where sequence numbers wrap at any of its bytes', () => {
    const found = labelsOfEach(
      200,
      (index) =>
        conversation(index, { clientIsn: (0x1_0000_0000 - 3 * index - 1) >>> 0 })
          .handshake()
          .send('client', browserHello(), { segments: [500], order: [0, 2, 1, 3] }).packets,
    );
    expect(found).toEqual(all(FOUND, 200));
  });

  it('is read with the wrap and without a handshake, last segment first', () => {
    const found = labelsOfEach(
      50,
      (index) =>
        conversation(index, { clientIsn: (0x1_0000_0000 - 30 * index - 1) >>> 0 }).send('client', browserHello(), {
          segments: [500],
          order: [3, 2, 1, 0],
        }).packets,
    );
    expect(found).toEqual(all(FOUND, 50));
  });
});

describe('a ClientHello in several records', () => {
  const message = clientHello({ serverName: NAME, postQuantum: false, grease: false });

  it('is read when cut at any offset, the records in one segment or in two', () => {
    const count = 2 * (message.length - 1);
    const found = labelsOfEach(count, (index) => {
      const at = 1 + (index >> 1);
      const records = tlsRecords(RECORD_HANDSHAKE, message, [at, message.length]);
      const segments = index % 2 === 0 ? [records.length] : [at + 5, records.length];
      return conversation(index).handshake().send('client', records, { segments }).packets;
    });
    expect(found).toEqual(all(FOUND, count));
  });

  it.each([1, 2, 3, 5, 16, 64])('is read from records of %i bytes over segments of any length', (recordLen) => {
    const records = tlsRecords(RECORD_HANDSHAKE, message, recordLen);
    const lengths = [1, 2, 6, 7, 50, 97, 1460];
    const found = labelsOfEach(
      lengths.length,
      (index) =>
        conversation(index)
          .handshake()
          .send('client', records, { segments: [lengths[index]!] }).packets,
    );
    expect(found).toEqual(all(FOUND, lengths.length));
  });
});

describe('a ClientHello that lost a segment', () => {
  /** Three segments of which the second never comes, and then the connection goes on. */
  function lossy(index: number, serverNameAt: number | 'last', end: boolean) {
    const hello = browserHello(NAME, { serverNameAt, messageLen: 3000 });
    const one = conversation(index).handshake();
    // The hole lies in the key share, which is longer than a kilobyte, or in the padding.
    const hole = hello.indexOf(Buffer.from([0x11, 0xec, 0x04, 0xc0])) + 40;
    one.send('client', hello, { segments: [hole, 600, hello.length], order: [0, 2] });
    one.send('server', serverFlight());
    for (let n = 0; n < (end ? 0 : 20); n++) one.send('client', applicationData(80));
    return end ? one.close().packets : one.packets;
  }

  it('shows the name before the hole and behind it, at the end of the connection or as it goes on', () => {
    const found = labelsOfEach(4, (index) => lossy(index, index < 2 ? 1 : 'last', index % 2 === 0));
    expect(found).toEqual(all(FOUND, 4));
  });

  it('shows no name that lies in the hole', () => {
    const hello = browserHello(NAME, { serverNameAt: 3 });
    const at = hello.indexOf(NAME);
    const { packets } = conversation()
      .handshake()
      .send('client', hello, { segments: [at + 4, 6, hello.length], order: [0, 2] })
      .close();
    expect(labelsOfEach(1, () => packets)).toEqual(['null by null']);
  });
});
