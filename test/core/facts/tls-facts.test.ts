import { describe, expect, it } from 'vitest';
import { cipherName } from '../../../src/core/inspect/tls/cipher-names.js';
import { groupName, isPostQuantum } from '../../../src/core/inspect/tls/group-names.js';
import { certificate, serverFlight12 } from '../../forge/certificate.js';
import { FORGE_EPOCH_MICROS } from '../../forge/packet.js';
import { TcpConversation } from '../../forge/tcp-conversation.js';
import { clientHelloRecord, serverFlight } from '../../forge/tls.js';
import type { Endpoint } from '../../forge/transport.js';
import { factsOf } from './facts-of.js';

const client: Endpoint = { address: '192.0.2.10', port: 50_000 };
const server: Endpoint = { address: '203.0.113.5', port: 443 };
const NINE_YEARS_MICROS = 9 * 366 * 86_400 * 1_000_000;

function talk(flight: Buffer, serverName = 'www.example.org', port = 50_000, startMicros = FORGE_EPOCH_MICROS) {
  return new TcpConversation({ client: { ...client, port }, server, startMicros })
    .handshake()
    .send('client', clientHelloRecord({ serverName }))
    .send('server', flight).packets;
}

describe('of a connection', () => {
  it('say what the server of TLS 1.3 chose', () => {
    const [record] = factsOf(talk(serverFlight())).connections;
    expect(record).toMatchObject({
      tls_version: '1.3',
      tls_cipher: 'TLS_AES_128_GCM_SHA256',
      tls_group: 'x25519',
      is_post_quantum: false,
      cert_issuer: null,
      is_cert_expired: null,
      is_cert_name_mismatch: null,
    });
  });

  it('show the certificate of TLS 1.2', () => {
    const flight = serverFlight12([certificate({ commonName: 'example.org', altNames: ['*.example.org'] })]);
    const [record] = factsOf(talk(flight)).connections;
    expect(record).toMatchObject({
      tls_cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      is_post_quantum: false,
      cert_issuer: 'CN=Test authority',
      cert_not_before: Date.UTC(2024, 0, 1) / 1000,
      cert_not_after: Date.UTC(2034, 0, 1) / 1000,
      is_cert_self_signed: false,
      is_cert_expired: false,
      is_cert_name_mismatch: false,
    });
  });

  it('tell certificates that are over, self-signed, or for another name', () => {
    const own = serverFlight12([certificate({ commonName: 'Test authority' })]);
    const late = FORGE_EPOCH_MICROS + NINE_YEARS_MICROS;
    const [record] = factsOf(talk(own, 'www.example.org', 50_000, late)).connections;
    expect(record).toMatchObject({ is_cert_self_signed: true, is_cert_expired: true, is_cert_name_mismatch: true });
  });

  it('look for the name among all of a certificate, not only those that are listed', () => {
    const altNames = Array.from({ length: 60 }, (_, i) => `host-${i}.example.org`);
    const flight = serverFlight12([certificate({ commonName: 'example.org', altNames })]);
    const [record] = factsOf(talk(flight, 'host-55.example.org')).connections;
    expect(record!.cert_names).toHaveLength(16);
    expect(record!.is_cert_name_mismatch).toBe(false);
  });

  it('are null without an answer', () => {
    const [record] = factsOf(talk(Buffer.alloc(0))).connections;
    expect(record).toMatchObject({ tls_cipher: null, tls_group: null, is_post_quantum: null });
  });
});

describe('sums', () => {
  it('count versions, ciphers, groups, fingerprints and certificates', () => {
    const flight12 = serverFlight12([certificate({ commonName: 'other.example' })]);
    const { tls, quic } = factsOf([
      ...talk(serverFlight()),
      ...talk(serverFlight(), 'www.example.org', 50_001),
      ...talk(flight12, 'www.example.org', 50_002),
    ]).summary;
    expect(tls).toMatchObject({
      versions: { '1.3': 2, '1.2': 1 },
      alpn: { h2: 3 },
      ciphers: { TLS_AES_128_GCM_SHA256: 2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 1 },
      groups: { x25519: 2 },
      post_quantum: { offered: 3, chosen: 0 },
      ech: { offered: 0 },
    });
    expect(tls!.ciphers_offered).toMatchObject({ TLS_AES_256_GCM_SHA384: 3 });
    expect(tls!.groups_offered).toMatchObject({ X25519MLKEM768: 3, secp384r1: 3 });
    expect(Object.values(tls!.ja4)).toEqual([3]);
    expect(tls!.certificates).toMatchObject([
      {
        issuer: 'CN=Test authority',
        names: ['other.example'],
        self_signed: false,
        expired: 0,
        mismatch: 1,
        connections: 1,
      },
    ]);
    expect(quic).toEqual({ versions: {} });
  });

  it('count versions alone where connections are not reported', () => {
    const { tls } = factsOf(talk(serverFlight()), { facts: { quality: 'sums' }, handshakes: false }).summary;
    expect(tls).toMatchObject({ versions: { '1.3': 1 }, alpn: {}, ciphers: {}, ja4: {}, certificates: [] });
  });
});

it('names come from the IANA registries', () => {
  expect([0x0005, 0x1301, 0x1303, 0xc02b, 0xcca8, 0x00ff].map(cipherName)).toEqual([
    'TLS_RSA_WITH_RC4_128_SHA',
    'TLS_AES_128_GCM_SHA256',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
    'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
    'TLS_EMPTY_RENEGOTIATION_INFO_SCSV',
  ]);
  expect(cipherName(0xabcd)).toBe('0xabcd');
  expect([23, 0x11ec, 0x1234].map(groupName)).toEqual(['secp256r1', 'X25519MLKEM768', '0x1234']);
  expect([23, 29, 0x11ec, 0x6399, 0x0201].map(isPostQuantum)).toEqual([false, false, true, true, true]);
});
