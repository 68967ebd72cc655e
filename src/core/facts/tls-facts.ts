import type { Handshake } from '../classify/handshakes.js';
import { FLOW_ECH } from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { quicVersionText } from '../inspect/quic/version-text.js';
import type { Certificate } from '../inspect/tls/certificate.js';
import { cipherName } from '../inspect/tls/cipher-names.js';
import { groupName, isPostQuantum } from '../inspect/tls/group-names.js';
import { tlsVersionText } from '../inspect/tls/version-text.js';

/** Different values counted of one kind: others that come later are left out. */
const MAX_VALUES = 4096;
const MAX_CERTIFICATES = 1024;
/** Rows shown, those with the most connections. */
const TOP_FINGERPRINTS = 20;
const TOP_CERTIFICATES = 100;

/** Connections by a property of their TLS handshakes, over TCP, QUIC and DTLS alike. */
export interface TlsSummary {
  /** As in `tls_version` of the connections. */
  versions: Record<string, number>;
  alpn: Record<string, number>;
  /** Chosen by the server, where it said so in clear; offered by the client, where its hello is whole. */
  ciphers: Record<string, number>;
  ciphers_offered: Record<string, number>;
  groups: Record<string, number>;
  groups_offered: Record<string, number>;
  post_quantum: { offered: number; chosen: number };
  /** Encrypted ClientHello, GREASE included. */
  ech: { offered: number };
  /** The twenty with the most connections. */
  ja3: Record<string, number>;
  ja4: Record<string, number>;
  /** The hundred with the most connections. */
  certificates: CertificateRow[];
}

/** A certificate of servers that say it in clear, up to TLS 1.2. */
export interface CertificateRow {
  issuer: string | null;
  names: readonly string[];
  /** Seconds since the Unix epoch. */
  not_after: number | null;
  self_signed: boolean;
  /** Connections at whose time it was over, and to whose name it did not belong. */
  expired: number;
  mismatch: number;
  connections: number;
}

export interface QuicSummary {
  versions: Record<string, number>;
}

/** Sums up TLS and QUIC handshakes as their connections end. */
export class TlsFacts {
  private readonly versions = new Map<number, number>();
  private readonly quicVersions = new Map<number, number>();
  private readonly alpn = new Map<string, number>();
  private readonly ciphers = new Map<number, number>();
  private readonly groups = new Map<number, number>();
  private readonly offeredCiphers = new Map<number, number>();
  private readonly offeredGroups = new Map<number, number>();
  private readonly ja3 = new Map<string, number>();
  private readonly ja4 = new Map<string, number>();
  private readonly certificates = new Map<string, CertificateRow>();
  private postQuantumOffered = 0;
  private postQuantumChosen = 0;
  private echOffered = 0;

  constructor(private readonly flows: FlowRows) {}

  /** The connection `row` ends, which had the handshake. */
  ended(row: number, handshake: Handshake): void {
    const { tlsVersion, quicVersion } = handshake;
    this.versionsOnly(tlsVersion, quicVersion);
    this.details(row, handshake);
  }

  /** The same for a connection of which only the versions are known, 0 for none. */
  versionsOnly(tlsVersion: number, quicVersion: number): void {
    if (tlsVersion !== 0) addTo(this.versions, tlsVersion);
    if (quicVersion !== 0) addTo(this.quicVersions, quicVersion);
  }

  report(): TlsSummary {
    return {
      versions: named(this.versions, tlsVersionText),
      alpn: named(this.alpn),
      ciphers: named(this.ciphers, cipherName),
      ciphers_offered: named(this.offeredCiphers, cipherName),
      groups: named(this.groups, groupName),
      groups_offered: named(this.offeredGroups, groupName),
      post_quantum: { offered: this.postQuantumOffered, chosen: this.postQuantumChosen },
      ech: { offered: this.echOffered },
      ja3: named(this.ja3, null, TOP_FINGERPRINTS),
      ja4: named(this.ja4, null, TOP_FINGERPRINTS),
      certificates: this.certificateRows(),
    };
  }

  quicReport(): QuicSummary {
    return { versions: named(this.quicVersions, quicVersionText) };
  }

  private details(row: number, handshake: Handshake): void {
    const { alpn, cipher, group, fingerprint, certificate } = handshake;
    if (alpn !== '') addTo(this.alpn, alpn);
    if (cipher !== 0) addTo(this.ciphers, cipher);
    if (group !== 0) addTo(this.groups, group);
    if (isPostQuantum(group)) this.postQuantumChosen++;
    if (this.flows.hasFlag(row, FLOW_ECH)) this.echOffered++;
    if (fingerprint !== null) {
      addTo(this.ja3, fingerprint.ja3);
      addTo(this.ja4, fingerprint.ja4);
      for (const offered of fingerprint.ciphers) addTo(this.offeredCiphers, offered);
      for (const offered of fingerprint.groups) addTo(this.offeredGroups, offered);
      if (fingerprint.groups.some(isPostQuantum)) this.postQuantumOffered++;
    }
    if (certificate !== null) this.certificate(row, certificate, handshake.isMismatch === true);
  }

  private certificate(row: number, certificate: Certificate, isMismatch: boolean): void {
    const { key, issuer, names, notAfter, isSelfSigned } = certificate;
    let counted = this.certificates.get(key);
    if (counted === undefined) {
      if (this.certificates.size >= MAX_CERTIFICATES) return;
      counted = {
        issuer: issuer === '' ? null : issuer,
        names,
        not_after: Number.isNaN(notAfter) ? null : notAfter,
        self_signed: isSelfSigned,
        expired: 0,
        mismatch: 0,
        connections: 0,
      };
      this.certificates.set(key, counted);
    }
    counted.connections++;
    if (isMismatch) counted.mismatch++;
    if (notAfter < this.flows.firstMicrosOf(row) / 1e6) counted.expired++;
  }

  private certificateRows(): CertificateRow[] {
    const rows = [...this.certificates].sort(([a, x], [b, y]) => y.connections - x.connections || (a < b ? -1 : 1));
    return rows.slice(0, TOP_CERTIFICATES).map(([, counted]) => counted);
  }
}

function addTo<K>(counts: Map<K, number>, key: K): void {
  const count = counts.get(key);
  if (count !== undefined) counts.set(key, count + 1);
  else if (counts.size < MAX_VALUES) counts.set(key, 1);
}

/** Counts by name, the largest first; `top` of them at most. */
function named<K extends string | number>(
  counts: ReadonlyMap<K, number>,
  nameOf: ((key: number) => string | null) | null = null,
  top = MAX_VALUES,
): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [key, count] of counts) {
    const name = nameOf === null || typeof key === 'string' ? String(key) : (nameOf(key) ?? String(key));
    sums.set(name, (sums.get(name) ?? 0) + count);
  }
  return Object.fromEntries([...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, top));
}
