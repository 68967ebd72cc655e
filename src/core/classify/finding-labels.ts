import {
  FLOW_ASKED_DNS,
  FLOW_ECH,
  FLOW_INITIATOR_SURE,
  FLOW_NAME_ENCRYPTED,
  FLOW_SERVER_HELLO,
} from '../flow/flow-flags.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import { type FindingListener, FindingOutcome } from '../inspect/finding-listener.js';
import {
  CONFIDENCE_CERTAIN,
  CONFIDENCE_LIKELY,
  type Finding,
  type InspectContext,
  type Inspector,
  ROLE_CLIENT,
  ROLE_SERVER,
  ROLE_UNKNOWN,
} from '../inspect/inspector.js';
import type { AppTable } from './app-table.js';
import type { EchNames } from './ech-names.js';
import { EVIDENCE_DNS, EVIDENCE_DNS_ANSWER, EVIDENCE_SIGNATURE, evidenceOf } from './evidence.js';
import { isHandshake } from './handshakes.js';
import type { Labels } from './labels.js';

/**
 * Protocols that share a port with media (RFC 7983), and the apps' own messages beside them, each with a mark of 32
 * bits or more.
 */
const MEDIA = new Set(['rtp', 'rtcp', 'stun', 'dtls']);
const BESIDE_MEDIA = new Set(['discord-voice', 'telegram-voip']);

/** Labels connections by what inspectors find in their payload. */
export class FindingLabels implements FindingListener {
  private readonly outcome = new FindingOutcome();

  constructor(
    private readonly flows: FlowRows,
    private readonly labels: Labels,
    private readonly apps: AppTable,
    private readonly echNames: EchNames,
  ) {}

  describe(row: number, sender: Endpoint, context: InspectContext): void {
    const { flows } = this;
    context.direction = flows.directionOf(row, sender);
    context.srcPort = flows.portOf(row, sender);
    context.dstPort = flows.portOf(row, (1 - sender) as Endpoint);
  }

  found(row: number, sender: Endpoint, inspector: Inspector, finding: Finding, packetNumber: number): FindingOutcome {
    const { flows, outcome } = this;
    const protocol = finding.protocol !== '' ? finding.protocol : inspector.name;
    this.labels.speaks(row, protocol);
    this.takeRole(row, sender, finding);
    if (finding.ech) {
      flows.addFlags(row, FLOW_ECH);
      const { nameStart } = finding;
      if (nameStart >= 0 && this.echNames.has(finding.nameBuf!, nameStart, finding.nameEnd))
        finding.nameEncrypted = true;
    }
    if (finding.nameEncrypted) flows.addFlags(row, FLOW_NAME_ENCRYPTED);
    if (finding.app !== '' && flows.appOf(row) === 0) this.takeSignature(row, protocol, finding, packetNumber);
    outcome.name = finding.nameStart >= 0 ? this.takeName(row, inspector, finding, packetNumber) : 0;
    if (finding.otherNameStart >= 0) {
      this.labels.alsoNamed(row, finding.nameBuf!, finding.otherNameStart, finding.otherNameEnd);
    }
    if (finding.tlsVersion !== 0 || finding.quicVersion !== 0 || finding.role === ROLE_SERVER) {
      this.takeHandshake(row, protocol, finding);
    }
    outcome.isSettled =
      !inspector.continues && !inspector.wraps && (outcome.name !== 0 || isLastWord(inspector, finding));
    return outcome;
  }

  /** A request shows which end is the client, unless a SYN or an earlier one has. */
  private takeRole(row: number, sender: Endpoint, finding: Finding): void {
    const { flows } = this;
    if (finding.role === ROLE_UNKNOWN || flows.hasFlag(row, FLOW_INITIATOR_SURE)) return;
    const isFromInitiator = flows.directionOf(row, sender) === 0;
    if (isFromInitiator !== (finding.role === ROLE_CLIENT)) flows.flipInitiator(row);
    flows.addFlags(row, FLOW_INITIATOR_SURE);
  }

  /**
   * A signature counts on a connection of its own protocol, or under one that shares its port: elsewhere it is chance.
   */
  private takeSignature(row: number, protocol: string, finding: Finding, packetNumber: number): void {
    const { flows, labels } = this;
    const spoken = labels.protocols.names[flows.protocolOf(row)]!;
    if (spoken !== protocol && !(BESIDE_MEDIA.has(protocol) && MEDIA.has(spoken))) return;
    const app = this.apps.idOf(finding.app);
    if (app !== 0) labels.setApp(row, app, EVIDENCE_SIGNATURE, finding.confidence, packetNumber);
  }

  /** Returns the NameTable id of the name, 0 when there was no room for it. */
  private takeName(row: number, inspector: Inspector, finding: Finding, packetNumber: number): number {
    const { flows, labels } = this;
    const { names } = labels;
    const { nameStart, nameEnd, confidence } = finding;
    const nameBuf = finding.nameBuf!;
    const first = flows.nameOf(row);
    if (first !== 0 && names.is(first, nameBuf, nameStart, nameEnd)) {
      labels.heardAgain(first);
      return first;
    }
    const source = evidenceOf(inspector.name);
    if (source === EVIDENCE_DNS) flows.addFlags(row, FLOW_ASKED_DNS);
    const id = labels.heard(row, nameBuf, nameStart, nameEnd);
    if (id === 0) {
      if (labels.mayTakeUnkept(row)) {
        // Its messages are decided one by one, whether or not their names are kept.
        if (source === EVIDENCE_DNS) flows.setEvidence(row, source, confidence, packetNumber);
        labels.setEntry(row, this.apps.matchName(nameBuf, nameStart, nameEnd), source, confidence, packetNumber);
      }
      return id;
    }
    if (first === 0) {
      labels.setName(row, id, source, confidence, packetNumber);
      return id;
    }
    const evidence = flows.evidenceOf(row);
    const earlier = evidence & 0xff;
    if (isHandshake(inspector) && (earlier === EVIDENCE_DNS || earlier === EVIDENCE_DNS_ANSWER)) {
      // A handshake names the connection's own host; a question before it, or an answer for the address, another's.
      flows.setApp(row, 0);
      flows.setEntry(row, 0);
      flows.clearFlags(row, FLOW_ASKED_DNS);
      labels.setName(row, id, source, confidence, packetNumber);
      if (earlier === EVIDENCE_DNS) labels.addName(row, first);
      return id;
    }
    // The name of a damaged message gives way to the first that is sound.
    const replaces = names.isDamaged(first) && !names.isDamaged(id);
    if (replaces) {
      labels.setName(row, id, source, confidence, packetNumber);
      labels.addName(row, first);
      return id;
    }
    labels.addName(row, id);
    // Which of two hellos the server followed is not to be seen: a fake one may come before the real one.
    if (isHandshake(inspector) && evidence >> 8 === CONFIDENCE_CERTAIN) {
      flows.setEvidence(row, earlier, CONFIDENCE_LIKELY, flows.evidencePacketOf(row));
    }
    return id;
  }

  /** Keeps the details of the handshake, and has the server's part of it read where it is of use. */
  private takeHandshake(row: number, protocol: string, finding: Finding): void {
    const { flows } = this;
    const { handshakes, versions } = this.labels;
    handshakes?.client(row, finding);
    versions?.client(row, finding);
    if (protocol !== 'tls') return;
    const isNameless = flows.nameOf(row) === 0 && !finding.nameEncrypted;
    if (isNameless || handshakes !== null || versions !== null) flows.addFlags(row, FLOW_SERVER_HELLO);
  }
}

/** True for a client's message after which no other can name the host. */
function isLastWord(inspector: Inspector, finding: Finding): boolean {
  return finding.role === ROLE_CLIENT && (finding.nameEncrypted || isHandshake(inspector));
}
