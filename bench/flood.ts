/**
 * Writes a flood to stdout as pcap: distinct connections from random sources to one server, a million a second, none
 * ever closed. `npx tsx bench/flood.ts syn|hello [--connections 10000000] > flood.pcap`: a SYN each, or a SYN and a
 * ClientHello with a name that no other has. Checksums are left 0, as network cards that compute them leave them.
 */
import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { FORGE_EPOCH_MICROS } from '../test/forge/packet.js';
import { pcapHeader } from '../test/forge/pcap.js';
import { Prng } from '../test/forge/prng.js';
import { ACK, PSH, SYN } from '../test/forge/transport.js';
import { HelloTemplate } from './hello-template.js';

const RECORD_HEADER_LEN = 16;
const HEADERS_LEN = 14 + 20 + 20;
const IP = RECORD_HEADER_LEN + 14;
const TCP = IP + 20;
const FLUSH_LEN = 1 << 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { connections: { type: 'string', default: '10000000' } },
});
const withHello = positionals[0] === 'hello';
if (!withHello && positionals[0] !== 'syn') throw new Error('say what kind of flood: syn or hello');

const random = new Prng('flood');
const hello = new HelloTemplate({ postQuantum: false }, true);
const out = Buffer.alloc(FLUSH_LEN + (1 << 14));
let at = pcapHeader().copy(out);

for (let n = 0, count = Number(values.connections); n < count; n++) {
  const source = random.uint32();
  // The lower 24 bits of the number in address and port make it distinct, whatever the rest is.
  const address = ((source & 0xff00_0000) | (n >> 8)) >>> 0;
  const port = ((source & 0xff) << 8) | (n & 0xff);
  packet(n, address, port, source, SYN, null);
  if (withHello)
    packet(n, address, port, source + 1, ACK | PSH, hello.render(Buffer.from(`h${n}.flood.example`), random));
}
write(out.subarray(0, at));

function packet(n: number, address: number, port: number, seq: number, flags: number, payload: Buffer | null): void {
  const payloadLen = payload === null ? 0 : payload.length;
  const micros = FORGE_EPOCH_MICROS + n;
  const frameLen = HEADERS_LEN + payloadLen;
  const start = at;
  out.fill(0, start, start + RECORD_HEADER_LEN + HEADERS_LEN);
  out.writeUInt32LE(Math.floor(micros / 1e6), start);
  out.writeUInt32LE(micros % 1e6, start + 4);
  out.writeUInt32LE(frameLen, start + 8);
  out.writeUInt32LE(frameLen, start + 12);
  out.writeUInt16BE(0x0800, start + IP - 2);
  out[start + IP] = 0x45;
  out.writeUInt16BE(frameLen - 14, start + IP + 2);
  out[start + IP + 8] = 64;
  out[start + IP + 9] = 6;
  out.writeUInt32BE(address, start + IP + 12);
  out.writeUInt32BE(0xc0000201, start + IP + 16);
  out.writeUInt16BE(port, start + TCP);
  out.writeUInt16BE(443, start + TCP + 2);
  out.writeUInt32BE(seq >>> 0, start + TCP + 4);
  out[start + TCP + 12] = 0x50;
  out[start + TCP + 13] = flags;
  out.writeUInt16BE(0xffff, start + TCP + 14);
  at += RECORD_HEADER_LEN + HEADERS_LEN;
  if (payload !== null) at += payload.copy(out, at);
  if (at < FLUSH_LEN) return;
  write(out.subarray(0, at));
  at = 0;
}

function write(bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += writeSync(1, bytes, done);
    } catch (error) {
      // A pipe that is full for the moment.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
  }
}
