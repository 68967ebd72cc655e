import { FOUND, MALFORMED, NEED_MORE } from '../inspect/inspector.js';
import type { ConnectionRecord } from '../report/model.js';
import { dnsProofs } from './dns-proof.js';
import { httpProof } from './http-proof.js';
import type { AskedRow, Proof } from './model.js';
import type { Payload } from './payload.js';
import { plainProof } from './plain-proof.js';
import { quicProof } from './quic-proof.js';
import type { Evidence, ProofMaker, Sighting } from './sighting.js';
import { StreamBytes } from './stream-bytes.js';
import { tlsProof } from './tls-proof.js';

/** Names of a connection that are proven. */
const MAX_PROOFS = 256;
/** Datagrams of a connection that are remembered. */
const MAX_DATAGRAMS = 64;

/** How to show where a finding lies, by inspector. */
const PROOF_MAKERS: Readonly<Record<string, ProofMaker>> = { tls: tlsProof, http: httpProof, quic: quicProof };

/** Answers of inspectors, the weightier last. */
const ANSWERS = ['no', 'unfinished', 'broken', 'yes'];

/** The record of a connection to explain. */
export class ConnectionTrace {
  firstPacket = 0;
  lastPacket = 0;
  /** Address and port of endpoint A. */
  endpointA = '';
  /** First payload of each endpoint. */
  readonly firstPayloads: (Payload | null)[] = [null, null];
  readonly streams = [new StreamBytes(), new StreamBytes()] as const;
  readonly proofs: Proof[] = [];
  /** Of the first message of each protocol that named nothing. */
  readonly nameless: Proof[] = [];
  readonly asked = new Map<string, AskedRow>();
  private readonly datagrams: Payload[] = [];
  private readonly names = new Set<string>();

  /** The endpoint that the record takes for the initiator. */
  initiator(record: ConnectionRecord): number {
    return this.endpointA === `${record.src_ip} ${record.src_port}` ? 0 : 1;
  }

  /** A packet with payload; `seq` is its sequence number, null unless it is TCP. */
  add(payload: Payload, seq: number | null): void {
    this.firstPayloads[payload.sender] ??= payload;
    if (seq !== null) this.streams[payload.sender as 0 | 1].add(seq, payload);
    else if (this.datagrams.length < MAX_DATAGRAMS) this.datagrams.push(payload);
    else this.datagrams[MAX_DATAGRAMS - 1] = payload;
  }

  ask(protocol: string, status: number): void {
    const answer =
      status === FOUND ? 'yes' : status === MALFORMED ? 'broken' : status === NEED_MORE ? 'unfinished' : 'no';
    const row = this.asked.get(protocol) ?? { protocol, answer, times: 0 };
    row.times++;
    if (ANSWERS.indexOf(answer) > ANSWERS.indexOf(row.answer)) row.answer = answer;
    this.asked.set(protocol, row);
  }

  /** Proves what an inspector found, while the bytes are at hand. */
  sight(sighting: Sighting, isStream: boolean): void {
    const { name } = sighting;
    if (name !== null && (this.names.has(name) || this.proofs.length >= MAX_PROOFS)) return;
    if (name === null && this.nameless.some((proof) => proof.protocol === sighting.protocol)) return;
    const evidence: Evidence = {
      stream: isStream ? this.streams[sighting.sender as 0 | 1] : null,
      datagrams: this.datagrams.filter((payload) => payload.sender === sighting.sender),
    };
    if (sighting.inspector === 'dns' && name !== null) {
      for (const proof of dnsProofs(sighting, evidence)) this.prove(proof);
      return;
    }
    const proof = PROOF_MAKERS[sighting.inspector]?.(sighting, evidence) ?? plainProof(sighting, evidence);
    if (sighting.nameEncrypted) {
      proof.notes.push('It carries an encrypted_client_hello: the site is in there, encrypted (RFC 9849).');
    }
    if (name === null) this.nameless.push(proof);
    else this.prove(proof);
  }

  private prove(proof: Proof): void {
    if (proof.name === null || this.names.has(proof.name) || this.proofs.length >= MAX_PROOFS) return;
    this.names.add(proof.name);
    this.proofs.push(proof);
  }
}
