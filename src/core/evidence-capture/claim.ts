import { createHash } from 'node:crypto';
import type { ConnectionRecord } from '../report/model.js';

/** What a proof says of its connection: who spoke to whom, the label, and what it follows from. */
const CLAIM_KEYS = [
  'protocol',
  'src_ip',
  'src_port',
  'dst_ip',
  'dst_port',
  'vlan',
  'network',
  'label',
  'app',
  'app_protocol',
  'domain',
  'detected_by',
  'confidence',
  'evidence_match',
] as const satisfies readonly (keyof ConnectionRecord)[];

export type Claim = Pick<ConnectionRecord, (typeof CLAIM_KEYS)[number]>;

/** A packet of a proof, as it lies in the capture. */
export interface ProofPacket {
  /** Its number in the capture. */
  readonly number: number;
  readonly tsMicros: number;
  readonly linkType: number;
  readonly wireLen: number;
  /** The captured bytes. */
  readonly frame: Buffer;
}

/** What a proof carries besides its packets, as JSON: snake_case, the key order of this interface. */
export interface Statement {
  /** Version of this format. */
  readonly dpi_evidence: 1;
  readonly generator: string;
  readonly claim: Claim;
  /** The capture that the packets come from: its name without folders, its SHA-256, and their numbers in it. */
  readonly source: { readonly name: string; readonly sha256: string; readonly packets: readonly number[] };
  /** SHA-256 over times, lengths, link types and bytes of the packets. */
  readonly packets_sha256: string;
}

export function claimOf(record: ConnectionRecord): Claim {
  return Object.fromEntries(CLAIM_KEYS.map((key) => [key, record[key]])) as Claim;
}

/** The keys in which the record differs from the claim; empty where it holds. */
export function differingKeys(claim: Claim, record: ConnectionRecord): (keyof Claim)[] {
  return CLAIM_KEYS.filter((key) => claim[key] !== record[key]);
}

/** Hex SHA-256 over the packets, without their numbers. */
export function packetsHash(packets: readonly Omit<ProofPacket, 'number'>[]): string {
  const hash = createHash('sha256');
  for (const { tsMicros, linkType, wireLen, frame } of packets) {
    hash.update(`${tsMicros} ${linkType} ${wireLen} ${frame.length}\n`).update(frame);
  }
  return hash.digest('hex');
}
