import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATAGRAM_PROTOCOLS, STREAM_PROTOCOLS } from '../../../../src/core/inspect/protocols/index.js';
import { DATAGRAM_INSPECTORS, STREAM_INSPECTORS } from '../../../../src/core/inspect/registry.js';
import { loadApps } from '../../../../src/usecases/shared/load-apps.js';
import { ask, type Sample } from './ask-registry.js';
import { DATAGRAM_SAMPLES } from './datagram-samples.js';
import { STREAM_SAMPLES } from './stream-samples.js';

const messageOf = (sample: Sample): Buffer =>
  typeof sample.bytes === 'string' ? Buffer.from(sample.bytes, 'latin1') : sample.bytes;

const KINDS = [
  { ipProto: 6 as const, samples: STREAM_SAMPLES, protocols: STREAM_PROTOCOLS, all: STREAM_INSPECTORS },
  { ipProto: 17 as const, samples: DATAGRAM_SAMPLES, protocols: DATAGRAM_PROTOCOLS, all: DATAGRAM_INSPECTORS },
];

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

    it('stops at every length of a message that is cut off', () => {
      for (const sample of samples) {
        const message = messageOf(sample);
        for (let len = 0; len < Math.min(message.length, 200); len++) {
          ask(ipProto, message.subarray(0, len), sample.srcPort, sample.dstPort);
        }
      }
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

    it('survives noise behind the marks of a message on its port', () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...samples),
          fc.nat(12),
          fc.uint8Array({ maxLength: 80 }),
          (sample, kept, noise) => {
            const message = Buffer.concat([messageOf(sample).subarray(0, kept), noise]);
            ask(ipProto, message, sample.srcPort, sample.dstPort);
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
