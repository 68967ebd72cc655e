import type { ConnectionRecord, HiddenRoute } from './model.js';
import type { EscapeRoute } from './policy-model.js';

const HTTPS_PORT = 443;

/** The outcome of the rules for a connection, beyond its record. */
export interface Outcome {
  /** Some block rule matches it, if only at its end. */
  readonly covered: boolean;
  /** Only rules for names that its name leads to (CNAME) match it, and those do not decide. */
  readonly isByTarget: boolean;
  /** The allow rule that let it through, null for none. */
  readonly allowedBy: string | null;
  /** Payload bytes that passed: from the initiator, and to it. */
  readonly sentBytes: number;
  readonly answerBytes: number;
  /** An Encrypted ClientHello hid its name. */
  readonly nameEncrypted: boolean;
  /** TCP without its SYN: the capture joined late. */
  readonly isMidStream: boolean;
  /** Why its site cannot be known; null where it can. */
  readonly hiddenRoute: HiddenRoute | null;
  /** The domain of the resolver of encrypted DNS, null for none. */
  readonly resolver: string | null;
}

/** By which route a connection came through that the rules were to stop: the first that applies, most telling first. */
export function routeOf(connection: ConnectionRecord, outcome: Outcome): EscapeRoute {
  const { detected_by: source } = connection;
  if (outcome.allowedBy !== null) return 'allow-rule';
  if (outcome.isByTarget) return 'cname';
  const named = connection.domain !== null && !outcome.nameEncrypted && source !== 'dns-answer';
  if (!outcome.covered && named) return 'other-name';
  if (outcome.nameEncrypted) return 'ech';
  if (outcome.isMidStream) return 'mid-stream';
  if (source === 'ip-range' && connection.confidence === 'guess') return 'guess';
  if (connection.protocol === 'UDP' && (connection.app_protocol === 'quic' || connection.dst_port === HTTPS_PORT)) {
    return 'quic';
  }
  return source === 'ip-range' || source === 'dns-answer' ? 'address-only' : 'late-name';
}

/** The option that stops connections such as this one at their first packet, or at their name; null where none does. */
export function remedyOf(route: EscapeRoute, connection: ConnectionRecord): string | null {
  const { protocol, dst_ip: address, dst_port: port, domain, detected_by: source, evidence_match: match } = connection;
  if (route === 'allow-rule') return null;
  if (route === 'cname') return '--follow-cname';
  if (route === 'other-name') return `--block-domain ${match ?? domain}`;
  if (route === 'quic') return `--block-port ${protocol.toLowerCase()}/${port}`;
  // A range that others share with the app would take them along.
  if (route === 'address-only' && source === 'ip-range' && match !== null) return `--block-ip ${match}`;
  return `--block-ip ${address}`;
}
