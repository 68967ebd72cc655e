import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROLE_CLIENT, ROLE_SERVER, ROLE_UNKNOWN } from '../../../../src/core/inspect/inspector.js';
import { DATAGRAM_PROTOCOLS, STREAM_PROTOCOLS } from '../../../../src/core/inspect/protocols/index.js';
import { DATAGRAM_INSPECTORS, STREAM_INSPECTORS } from '../../../../src/core/inspect/registry.js';
import { loadApps } from '../../../../src/usecases/shared/load-apps.js';
import { type Answer, ask, type Sample } from './ask-registry.js';
import { DATAGRAM_SAMPLES } from './datagram-samples.js';
import { STREAM_SAMPLES } from './stream-samples.js';

const messageOf = (sample: Sample): Buffer =>
  typeof sample.bytes === 'string' ? Buffer.from(sample.bytes, 'latin1') : sample.bytes;

const KINDS = [
  { ipProto: 6 as const, samples: STREAM_SAMPLES, protocols: STREAM_PROTOCOLS, all: STREAM_INSPECTORS },
  { ipProto: 17 as const, samples: DATAGRAM_SAMPLES, protocols: DATAGRAM_PROTOCOLS, all: DATAGRAM_INSPECTORS },
];

/** A datagram cut inside its header, and packets of a stream that are no longer a whole number of them. */
const MISTAKEN_WHEN_CUT = { 6: [], 17: ['uftp as bfcp', 'mpeg-ts as telegram-voip'] };

const ELSEWHERE = Buffer.from('SSH-2.0-x\r\n220 ESMTP\r\n\0\0\0\x01\x16\x03\x01\x02\0'.repeat(4), 'latin1');

/**
 * Asks about the message twice, and expects one sound answer. The second time it lies elsewhere in another buffer, before
 * `rest`: an inspector that reads past the end would see more of its protocol.
 */
function askSoundly(ipProto: 6 | 17, message: Buffer, { srcPort, dstPort }: Sample, rest: Buffer): Answer {
  const answer = ask(ipProto, message, srcPort, dstPort);
  const around = { before: ELSEWHERE, behind: Buffer.concat([rest, ELSEWHERE]) };
  expect(ask(ipProto, message, srcPort, dstPort, around)).toEqual(answer);
  const { protocol, inspector, role, consumedLen } = answer;
  expect(protocol === null).toBe(inspector === null);
  expect([ROLE_UNKNOWN, ROLE_CLIENT, ROLE_SERVER]).toContain(role);
  // Each FOUND makes progress.
  if (consumedLen !== -1) expect(consumedLen).toBeGreaterThan(0);
  return answer;
}

describe.each(KINDS)(
  'protocols without host names over IP protocol $ipProto',
  ({ ipProto, samples, protocols, all }) => {
    it.each(samples.map((one, i) => ({ ...one, i })))('$i: tells $protocol among all protocols', (sample) => {
      const answer = ask(ipProto, messageOf(sample), sample.srcPort, sample.dstPort);
      expect({ protocol: answer.protocol, app: answer.app }).toEqual({
        protocol: sample.protocol,
        app: sample.app ?? '',
      });
    });

    it('has a sample for each inspector', () => {
      const untried = new Map(protocols.map(({ inspect, name }) => [inspect, name]));
      for (const one of samples) {
        untried.delete(ask(ipProto, messageOf(one), one.srcPort, one.dstPort).inspector!.inspect);
      }
      // RTP needs two datagrams: it has a test of its own.
      expect([...untried.values()].filter((name) => name !== 'rtp')).toEqual([]);
    });

    it('takes a message that is cut off for its own protocol or for none, at every length', () => {
      const mistaken = new Set<string>();
      for (const sample of samples) {
        const message = messageOf(sample);
        for (let len = 0; len < Math.min(message.length, 200); len++) {
          const { protocol } = askSoundly(ipProto, message.subarray(0, len), sample, message.subarray(len));
          if (protocol !== null && protocol !== sample.protocol) mistaken.add(`${sample.protocol} as ${protocol}`);
        }
      }
      expect([...mistaken]).toEqual(MISTAKEN_WHEN_CUT[ipProto]);
    });

    it('is not misled by noise without a port', () => {
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), (noise) => {
          // Any first byte may be the mark of one protocol; content must decide.
          return ask(ipProto, Buffer.from(noise)).protocol === null;
        }),
        { numRuns: 3000, seed: 42 },
      );
    });

    it('gives one answer to noise behind the marks of a message on its port, wherever it lies', () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...samples),
          fc.nat(12),
          fc.uint8Array({ maxLength: 80 }),
          (sample, kept, noise) => {
            const message = messageOf(sample);
            const changed = Buffer.concat([message.subarray(0, kept), noise]);
            askSoundly(ipProto, changed, sample, message.subarray(kept));
          },
        ),
        { numRuns: 2000, seed: 7 },
      );
    });

    it('asks no TCP inspector about every payload, and names no host', () => {
      for (const one of protocols) {
        if (ipProto === 6) expect(one.firstBytes, one.name).not.toBeNull();
        expect(one.nameless, one.name).toBe(true);
        if (one.firstBytes?.length === 0) expect(one.ports.length, one.name).toBeGreaterThan(0);
      }
    });

    it('claims no port twice', () => {
      const owners = new Map<number, string>();
      for (const one of all.filter(({ firstBytes }) => firstBytes?.length === 0)) {
        for (const port of one.ports) {
          expect(owners.get(port), `${one.name} on ${port}`).toBeUndefined();
          owners.set(port, one.name);
        }
      }
    });

    it('names apps that the app table knows', async () => {
      const apps = await loadApps([]);
      for (const { app } of samples) if (app !== undefined) expect(apps.idOf(app), app).toBeGreaterThan(0);
    });
  },
);
