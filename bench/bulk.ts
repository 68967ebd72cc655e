import { FORGE_EPOCH_MICROS } from '../test/forge/packet.js';
import { Prng } from '../test/forge/prng.js';
import { applicationData, clientHelloRecord, serverFlight } from '../test/forge/tls.js';
import { ACK, PSH, SYN } from '../test/forge/transport.js';
import type { CaptureStream } from './capture-stream.js';
import { connection } from './connection.js';

const CONNECTIONS = 20;
const PACKETS = 1_320_000;
const MSS = 1460;
const RECORD_HEADER_LEN = 5;
const STEP_MICROS = 120;

/** Full-sized packets of 20 long TLS transfers: 2 GB at size 1. */
export function writeBulk(out: CaptureStream, size: number): number {
  const random = new Prng('bulk');
  const segments = Array.from({ length: 256 }, (_, index) => applicationData(MSS - RECORD_HEADER_LEN, index));
  let time = FORGE_EPOCH_MICROS;
  const tick = (): number => {
    time += STEP_MICROS;
    return time;
  };
  const all = Array.from({ length: CONNECTIONS }, (_, index) => {
    const ends = {
      client: Buffer.from([10, 30, 0, index + 1]),
      server: Buffer.from([23, 90, 0, index + 1]),
      clientPort: 40_000 + index,
      serverPort: 443,
    };
    return connection(ends, true, [], 0, random.uint32());
  });
  for (const [index, of] of all.entries()) {
    const hello = clientHelloRecord({ serverName: `cdn${index}.example.com`, seed: index });
    out.tcp(tick(), of, true, SYN, null);
    out.tcp(tick(), of, false, SYN | ACK, null);
    out.tcp(tick(), of, true, ACK, null);
    out.tcp(tick(), of, true, ACK, hello.subarray(0, MSS));
    out.tcp(tick(), of, true, ACK | PSH, hello.subarray(MSS));
    out.tcp(tick(), of, false, ACK | PSH, serverFlight(index));
  }
  for (let sent = 0; sent < PACKETS * size; sent++) {
    const of = all[random.int(CONNECTIONS)]!;
    out.tcp(tick(), of, false, ACK, random.pick(segments));
    if (sent % 32 === 31) out.tcp(tick(), of, true, ACK, null);
  }
  return CONNECTIONS;
}
