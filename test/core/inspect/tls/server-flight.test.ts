import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCertificate } from '../../../../src/core/inspect/tls/certificate.js';
import {
  FLIGHT_CUT,
  FLIGHT_OTHER,
  FLIGHT_READ,
  readServerFlight,
  ServerFlight,
} from '../../../../src/core/inspect/tls/server-flight.js';
import { certificate, resumedFlight12, serverFlight12 } from '../../../forge/certificate.js';
import { serverFlight } from '../../../forge/tls.js';

const flight = new ServerFlight();
const leaf = certificate({ commonName: '*.example.org', altNames: ['*.example.org', 'example.org', 'example.net'] });
const authority = certificate({ commonName: 'Authority' }, 7);

function read(bytes: Buffer) {
  return readServerFlight(bytes, 0, bytes.length, flight);
}

function names(): readonly string[] {
  if (flight.certificateStart < 0) return [];
  return readCertificate(flight.buf, flight.certificateStart, flight.certificateEnd).names;
}

describe('readServerFlight', () => {
  it("reads version, protocol and the server's own certificate of TLS 1.2", () => {
    expect(read(serverFlight12([leaf, authority], 2, 'h2'))).toBe(FLIGHT_READ);
    expect(flight.version).toBe(0x0303);
    expect(flight.buf.toString('latin1', flight.alpnStart, flight.alpnEnd)).toBe('h2');
    expect(names()).toEqual(['*.example.org', 'example.org', 'example.net']);
  });

  it('knows TLS 1.3 by its extension, after which nothing is in clear', () => {
    expect(read(serverFlight())).toBe(FLIGHT_READ);
    expect(flight.version).toBe(0x0304);
    expect(names()).toEqual([]);
  });

  it('ends with a resumed session', () => {
    expect(read(resumedFlight12())).toBe(FLIGHT_READ);
    expect(flight.version).toBe(0x0303);
    expect(names()).toEqual([]);
  });

  it('asks for more at every length until the certificate is whole', () => {
    const bytes = serverFlight12([leaf, authority]);
    const certificateEnd = bytes.indexOf(leaf) + leaf.length;
    for (let end = 0; end < certificateEnd; end++) {
      expect(readServerFlight(bytes, 0, end, flight)).toBe(FLIGHT_CUT);
      expect(flight.certificateStart).toBe(-1);
    }
    expect(readServerFlight(bytes, 0, certificateEnd, flight)).toBe(FLIGHT_READ);
  });

  it('refuses what no TLS server sends', () => {
    expect(read(Buffer.from('220 mail.example.org ESMTP\r\n'))).toBe(FLIGHT_OTHER);
    expect(read(Buffer.from('1603010005010000010000', 'hex'))).toBe(FLIGHT_OTHER);
    expect(read(Buffer.from('15030300020228', 'hex'))).toBe(FLIGHT_OTHER);
  });

  it('survives noise, offsets inside the buffer', () => {
    const valid = serverFlight12([leaf, authority], 2, 'h2');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { maxLength: 8 }),
        fc.nat(valid.length),
        (changes, end) => {
          const bytes = Buffer.from(valid);
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          readServerFlight(bytes, 0, end, flight);
          expect(flight.certificateEnd).toBeLessThanOrEqual(flight.buf.length);
          expect(flight.alpnEnd).toBeLessThanOrEqual(flight.buf.length);
          names();
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('readCertificate', () => {
  it("gives the subject's name first, and none twice", () => {
    const bytes = certificate({ commonName: 'b.example', altNames: ['a.example', 'b.example'] });
    expect(readCertificate(bytes, 0, bytes.length).names).toEqual(['b.example', 'a.example']);
    const bare = certificate({});
    expect(readCertificate(bare, 0, bare.length).names).toEqual([]);
    const many = certificate({ altNames: Array.from({ length: 100 }, (_, i) => `${i}.example`) });
    expect(readCertificate(many, 0, many.length).names).toHaveLength(16);
  });

  it('terminates on anything, cut or changed', () => {
    for (let end = 0; end < leaf.length; end++) readCertificate(leaf, 0, end);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(leaf.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(leaf);
        for (const [at, byte] of changes) bytes[at] = byte;
        for (const name of readCertificate(bytes, 0, bytes.length).names) expect(name.length).toBeLessThanOrEqual(255);
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        readCertificate(Buffer.from(noise), 0, noise.length);
      }),
    );
  });
});
