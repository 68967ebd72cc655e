/**
 * Writes events for `dpi ingest` to stdout: `npx tsx bench/events.ts [--events 1000000] [--connections 100000]`. TCP
 * and UDP over IPv4 and, a tenth, IPv6; a quarter come with a domain, a quarter with a payload of 40 to 140 bytes.
 */
import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Prng } from '../test/forge/prng.js';

const FLUSH_LEN = 1 << 20;
const HOSTS = [
  'www.youtube.com',
  'i.ytimg.com',
  'discord.com',
  'api.github.com',
  'example.org',
  'cdn.tiktokcdn.com',
  'www.google.com',
];

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    connections: { type: 'string', default: '100000' },
  },
});
const random = new Prng('events');
let text = '';
for (let n = 0; n < Number(values.events); n++) {
  const one = random.int(Number(values.connections));
  const isV6 = one % 10 === 0;
  const client = isV6 ? `2001:db8::${(one >> 4).toString(16)}` : `10.${one >> 16}.${(one >> 8) & 255}.${one & 255}`;
  const server = isV6 ? `2001:db8:1::${(one % 97).toString(16)}` : `203.0.113.${one % 250}`;
  const protocol = one % 3 === 0 ? 'udp' : 'tcp';
  const port = 20_000 + (one % 40_000);
  const tuple =
    random.int(2) === 0
      ? { src_ip: client, dst_ip: server, src_port: port, dst_port: 443, protocol }
      : { src_ip: server, dst_ip: client, src_port: 443, dst_port: port, protocol };
  const kind = random.int(4);
  const request = `GET /${n} HTTP/1.1\r\nHost: ${HOSTS[(one + 1) % HOSTS.length]}\r\nAccept: */*\r\n\r\n`;
  const payload = protocol === 'tcp' ? Buffer.from(request) : Buffer.alloc(40 + random.int(100), one);
  const event = {
    tuple,
    size: 60 + random.int(1400),
    timestamp: 1_700_000_000 + n / 20_000,
    domain: kind === 0 ? HOSTS[one % HOSTS.length] : undefined,
    payload: kind === 1 ? payload.toString('base64') : undefined,
  };
  text += `${JSON.stringify(event)}\n`;
  if (text.length < FLUSH_LEN) continue;
  writeSync(1, text);
  text = '';
}
writeSync(1, text);
