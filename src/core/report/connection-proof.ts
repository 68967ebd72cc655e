import type { ConnectionRecord } from './connection-record.js';

/** A connection that proves a finding. `dpi analyze --explain <id>` shows all of it. */
export interface ConnectionProof {
  id: number;
  protocol: string;
  src_ip: string;
  src_port: number;
  dst_ip: string;
  dst_port: number;
  domain: string | null;
  label: string;
  /** Number of the packet that shows the name or protocol, else of the connection's first packet. */
  packet: number | null;
  first_packet: number | null;
  last_packet: number | null;
  /** Of several inputs: which one the connection began in, from 0, and the number of `packet` there. */
  input: number | null;
  frame: number | null;
}

/** Of a finding, the connections kept as proof: those that began first. */
export const MAX_PROOFS = 5;

/** What a connection proves about `name`: the packet that shows it, where it is the connection's first name. */
export function proofOf(connection: ConnectionRecord, name: string | null = connection.domain): ConnectionProof {
  const { id, protocol, src_ip, src_port, dst_ip, dst_port, domain, label, first_packet, last_packet } = connection;
  const { input, first_frame, evidence_packet, evidence_frame } = connection;
  const isShown = evidence_packet !== null && name === domain;
  const packet = isShown ? evidence_packet : first_packet;
  const frame = isShown ? evidence_frame : first_frame;
  const ends = { id, protocol, src_ip, src_port, dst_ip, dst_port };
  return { ...ends, domain: name, label, packet, first_packet, last_packet, input, frame };
}

/** Adds a proof to a list of at most MAX_PROOFS, which keeps those with the lowest ids, in their order. */
export function keepProof(proofs: ConnectionProof[], connection: ConnectionRecord, name?: string | null): void {
  if (proofs.length === MAX_PROOFS && connection.id > proofs.at(-1)!.id) return;
  proofs.push(proofOf(connection, name));
  proofs.sort((a, b) => a.id - b.id);
  if (proofs.length > MAX_PROOFS) proofs.pop();
}
