import { Prng } from '../test/forge/prng.js';
import { ACK, FIN, PSH, SYN } from '../test/forge/transport.js';
import type { CaptureStream } from './capture-stream.js';
import { type Connection, connection, type Step } from './connection.js';
import { interleave } from './schedule.js';

const CONNECTIONS = 1_000_000;
const ARRIVAL_MICROS = 600;
const SMALLEST = 10;
const LARGEST = 46;

/** Packets of 64 to 100 bytes, five to a connection: at size 1 five million packets of a million connections. */
export function writeSmall(out: CaptureStream, size: number): number {
  const count = Math.max(10, Math.round(CONNECTIONS * size));
  const random = new Prng('small');
  const noise = random.bytes(1 << 16);
  const piece = (): Buffer => {
    const start = random.int(noise.length - LARGEST);
    return noise.subarray(start, start + random.between(SMALLEST, LARGEST));
  };
  const tcp = (): Step[] => [
    { fromClient: true, flags: SYN, payload: null },
    { fromClient: false, flags: SYN | ACK, payload: null },
    { fromClient: true, flags: ACK | PSH, payload: piece() },
    { fromClient: false, flags: ACK | PSH, payload: piece() },
    { fromClient: true, flags: FIN | ACK, payload: piece() },
  ];
  const udp = (): Step[] =>
    Array.from({ length: 5 }, (_, index) => ({ fromClient: index % 2 === 0, flags: 0, payload: piece() }));
  interleave(out, new Prng('small schedule'), count, ARRIVAL_MICROS, (index): Connection => {
    const isTcp = random.chance(0.5);
    const ends = {
      client: Buffer.from([10, (index >> 16) & 0xff, (index >> 8) & 0xff, index & 0xff]),
      server: Buffer.from([23, 80, random.int(64), random.int(256)]),
      clientPort: random.between(1024, 65_535),
      serverPort: random.between(1024, 65_535),
    };
    return connection(ends, isTcp, isTcp ? tcp() : udp(), 300_000, random.uint32());
  });
  return count;
}
