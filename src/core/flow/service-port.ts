import { TCP } from '../common/ip-protocols.js';
import { FLOW_INITIATOR_SURE } from './flow-flags.js';
import type { FlowRows } from './flow-rows.js';
import type { PacketColumns } from './packet-columns.js';

/** Ports below are well-known (RFC 6335 §6); from here up Linux, and all others further up, take those of clients. */
const FIRST_USER_PORT = 1024;
const FIRST_CLIENT_PORT = 32_768;

/**
 * A packet without SYN that begins a connection comes from the responder: from a well-known port to another one, in TCP
 * also from any other port of services to one of clients. UDP peers often speak from ports of their choice.
 */
export function isFromServicePort(columns: PacketColumns, i: number): boolean {
  const ports = columns.ports[i]!;
  const isFromB = columns.fromB[i]! !== 0;
  const from = isFromB ? ports & 0xffff : ports >>> 16;
  const to = isFromB ? ports >>> 16 : ports & 0xffff;
  if (from === 0) return false;
  if (from < FIRST_USER_PORT) return to >= FIRST_USER_PORT;
  return columns.tcpFlags[i] !== 0 && from < FIRST_CLIENT_PORT && to >= FIRST_CLIENT_PORT;
}

/**
 * True for a TCP connection that the capture joined late, and whose ports don't tell the responder: both are
 * well-known, both of services or both of clients.
 */
export function isResponderInDoubt(flows: FlowRows, row: number): boolean {
  if (flows.ipProtocolOf(row) !== TCP || flows.hasFlag(row, FLOW_INITIATOR_SURE)) return false;
  return kindOfPort(flows.portOf(row, 0)) === kindOfPort(flows.portOf(row, 1));
}

function kindOfPort(port: number): number {
  return port < FIRST_USER_PORT ? 0 : port < FIRST_CLIENT_PORT ? 1 : 2;
}
