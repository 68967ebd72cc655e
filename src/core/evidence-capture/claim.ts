import { createHash } from 'node:crypto';
import type { ConnectionRecord } from '../report/model.js';

/** What a proof says of its connection: who spoke to whom, the label, what it follows from; and of which types. */
const CLAIM_TYPES = {
  protocol: ['string'],
  src_ip: ['string'],
  src_port: ['number'],
  dst_ip: ['string'],
  dst_port: ['number'],
  vlan: ['string', 'null'],
  network: ['string', 'null'],
  label: ['string'],
  app: ['string'],
  app_protocol: ['string', 'null'],
  domain: ['string', 'null'],
  detected_by: ['string', 'null'],
  confidence: ['string', 'null'],
  evidence_match: ['string', 'null'],
} as const satisfies Partial<Record<keyof ConnectionRecord, readonly string[]>>;
const CLAIM_KEYS = Object.keys(CLAIM_TYPES) as (keyof typeof CLAIM_TYPES)[];

export type Claim = Pick<ConnectionRecord, keyof typeof CLAIM_TYPES>;

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

/** Whether `value`, which may come from anyone, has all that a statement has. */
export function isStatement(value: unknown): value is Statement {
  const { dpi_evidence, generator, claim, source, packets_sha256 } = fieldsOf(value);
  const { name, sha256, packets } = fieldsOf(source);
  return (
    dpi_evidence === 1 &&
    isClaim(claim) &&
    [generator, packets_sha256, name, sha256].every((one) => typeof one === 'string') &&
    Array.isArray(packets) &&
    packets.every((one) => Number.isSafeInteger(one))
  );
}

function isClaim(value: unknown): boolean {
  const fields = fieldsOf(value);
  return CLAIM_KEYS.every((key) => {
    const types: readonly string[] = CLAIM_TYPES[key];
    return types.includes(fields[key] === null ? 'null' : typeof fields[key]);
  });
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
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
