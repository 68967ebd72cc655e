import type { PacketBatch } from '../capture/packet-batch.js';
import {
  FLOW_ASKED_DNS,
  FLOW_ECH,
  FLOW_INITIATOR_SURE,
  FLOW_MORE_NAMES,
  FLOW_NAME_ENCRYPTED,
  FLOW_SERVER_HELLO,
} from '../flow/flow-flags.js';
import * as F from '../flow/flow-row.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { FindingListener } from '../inspect/finding-listener.js';
import {
  CONFIDENCE_CERTAIN,
  CONFIDENCE_GUESS,
  CONFIDENCE_LIKELY,
  type Finding,
  type InspectContext,
  type Inspector,
  ROLE_CLIENT,
  ROLE_SERVER,
  ROLE_UNKNOWN,
} from '../inspect/inspector.js';
import { type NameTable, UNCLASSIFIED } from '../inspect/name-table.js';
import type { FlightListener } from '../inspect/server-inspection.js';
import { CertificateCache } from '../inspect/tls/certificate-cache.js';
import type { ServerFlight } from '../inspect/tls/server-flight.js';
import { AddressApps } from './address-apps.js';
import type { AppTable } from './app-table.js';
import { CallEndpoints } from './call-endpoints.js';
import { certificateCovers, certificateHost } from './certificate-host.js';
import {
  EVIDENCE_DNS,
  EVIDENCE_DNS_ANSWER,
  EVIDENCE_EVENT,
  EVIDENCE_IP_RANGE,
  EVIDENCE_NONE,
  EVIDENCE_SIGNATURE,
  evidenceOf,
} from './evidence.js';
import { FoundNames } from './found-names.js';
import { type Handshakes, isHandshake } from './handshakes.js';
import { MoreNames } from './more-names.js';
import { ipProtocolName, ProtocolNames } from './protocol-names.js';
import type { RowAddresses } from './row-addresses.js';

/**
 * What shares a port with media (RFC 7983), and the apps' own messages, each of a mark of 32 bits or more, beside it.
 */
const MEDIA = new Set(['rtp', 'rtcp', 'stun', 'dtls']);
const BESIDE_MEDIA = new Set(['discord-voice', 'telegram-voip']);

/** Writes what the inspectors find into the rows of the connections: protocol, names, app, and the evidence for it. */
export class Labels implements FindingListener, FlightListener {
  readonly protocols = new ProtocolNames();
  readonly moreNames = new MoreNames();
  /** NameTable id of the name found last, 0 when the last finding had none. */
  lastName = 0;
  /** Id of the app whose way of speaking STUN was seen in the datagram, on a connection that it labels. */
  private callApp = 0;
  private readonly calls: CallEndpoints;
  private readonly addressApps: AddressApps;
  /** All names found since the reader cleared it; filled only where `keepsNames` is set. */
  readonly foundNames = new FoundNames();
  keepsNames = false;
  /** Set when a finding changed the name or app of its connection; the reader clears it. */
  changed = false;
  /** Where the details of handshakes are kept; null where nobody reports them. */
  handshakes: Handshakes | null = null;
  private readonly certificates = new CertificateCache();

  constructor(
    private readonly flows: FlowRows,
    addresses: RowAddresses,
    readonly names: NameTable,
    private readonly apps: AppTable,
  ) {
    this.calls = new CallEndpoints(flows, addresses);
    this.addressApps = new AddressApps(addresses, names, apps);
  }

  /** Before a datagram is shown to the inspectors. */
  beginDatagram(): void {
    this.lastName = 0;
    this.callApp = 0;
  }

  /** The inspectors have seen the datagram `buf[start, end)`, which came as packet `packetNumber` at `now` (µs). */
  endDatagram(
    row: number,
    sender: Endpoint,
    buf: Buffer,
    start: number,
    end: number,
    batch: PacketBatch,
    i: number,
  ): void {
    if (this.callApp === 0) return;
    this.calls.learn(row, sender, buf, start, end, this.callApp, batch.firstNumber + i, batch.tsMicros[i]!);
  }

  describe(row: number, sender: Endpoint, context: InspectContext): void {
    const ports = this.flows.words[(row << F.ROW_SHIFT) + F.PORTS]!;
    context.direction = this.flows.directionOf(row, sender);
    context.srcPort = sender === 0 ? ports >>> 16 : ports & 0xffff;
    context.dstPort = sender === 0 ? ports & 0xffff : ports >>> 16;
  }

  found(row: number, sender: Endpoint, inspector: Inspector, finding: Finding, packetNumber: number): boolean {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    this.lastName = 0;
    const protocol = finding.protocol !== '' ? finding.protocol : inspector.name;
    if (words[w + F.APP]! >>> 16 === 0) this.setProtocol(w, protocol);
    if (finding.role !== ROLE_UNKNOWN && (words[w + F.FLAGS]! & FLOW_INITIATOR_SURE) === 0) {
      const fromInitiator = this.flows.directionOf(row, sender) === 0;
      if (fromInitiator !== (finding.role === ROLE_CLIENT)) this.flows.flipInitiator(row);
      words[w + F.FLAGS] = words[w + F.FLAGS]! | FLOW_INITIATOR_SURE;
    }
    if (finding.ech) words[w + F.FLAGS] = words[w + F.FLAGS]! | FLOW_ECH;
    if (finding.nameEncrypted) words[w + F.FLAGS] = words[w + F.FLAGS]! | FLOW_NAME_ENCRYPTED;
    if (finding.app !== '' && (words[w + F.APP]! & 0xffff) === 0 && this.speaks(w, protocol)) {
      this.takeSignature(w, finding, packetNumber);
    }
    if (inspector.name === 'stun' && (words[w + F.EVIDENCE]! & 0xff) === EVIDENCE_SIGNATURE) {
      this.callApp = words[w + F.APP]! & 0xffff;
    }
    if (finding.nameStart >= 0) this.takeName(row, inspector, finding, packetNumber);
    if (finding.tlsVersion !== 0 || finding.quicVersion !== 0 || finding.role === ROLE_SERVER) {
      this.takeHandshake(row, protocol, finding);
    }
    if (inspector.continues) return false;
    return this.lastName !== 0 || (finding.role === ROLE_CLIENT && (finding.nameEncrypted || isHandshake(inspector)));
  }

  /**
   * What a TLS server says: without a name from the client, its certificate may show the app. Its names are not the
   * host that the client asked for (`*.example.org`, or whatever is the default there), so `domain` stays empty.
   */
  served(row: number, flight: ServerFlight, packetNumber: number): void {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const { certificateStart, certificateEnd } = flight;
    const names = certificateStart < 0 ? [] : this.certificates.namesOf(flight.buf, certificateStart, certificateEnd);
    this.handshakes?.server(row, flight, names);
    if (names.length === 0 || words[w + F.NAME] !== 0 || (words[w + F.APP]! & 0xffff) !== 0) return;
    if ((words[w + F.FLAGS]! & FLOW_NAME_ENCRYPTED) !== 0) return;
    const hint = words[w + F.HINT_NAME]!;
    // The client asked for a name that is the certificate's: `settle` has the better evidence.
    if (hint !== 0 && certificateCovers(names, this.names.text(hint))) return;
    const host = Buffer.from(certificateHost(names), 'latin1');
    const entry = this.apps.matchName(host, 0, host.length);
    if (entry < 0) return;
    this.setApp(w, this.apps.appOf(entry));
    words[w + F.APP_ENTRY] = entry + 1;
    words[w + F.EVIDENCE] =
      evidenceOf('tls') | ((this.apps.isHosting(entry) ? CONFIDENCE_GUESS : CONFIDENCE_LIKELY) << 8);
    words[w + F.EVIDENCE_PACKET] = packetNumber;
    this.changed = true;
  }

  /** The protocol of a connection that is neither TCP nor UDP is known by its number. */
  spoken(w: number, proto: number): void {
    const name = ipProtocolName(proto);
    if (name !== undefined) this.setProtocol(w, name);
  }

  /** Another name of the connection `row` from the same message, as with several DNS questions. Returns its id. */
  alsoNamed(row: number, buf: Buffer, start: number, end: number): number {
    const id = this.names.intern(buf, start, end);
    if (id === 0) return 0;
    if (this.keepsNames) this.foundNames.add(id);
    this.addName(row, id);
    return id;
  }

  /**
   * Whoever handed in a packet of the connection `row` says which host it is to: the first name of a connection that
   * has shown none, or only the outer one of an encrypted ClientHello; else a further one.
   */
  told(row: number, buf: Buffer, start: number, end: number, packetNumber: number): void {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const id = this.names.intern(buf, start, end);
    if (id === 0) {
      this.takeUnkept(w, EVIDENCE_EVENT, CONFIDENCE_CERTAIN, buf, start, end, packetNumber);
      return;
    }
    if (this.keepsNames) this.foundNames.add(id);
    const first = words[w + F.NAME]!;
    if (first === id) return;
    const isHidden = (words[w + F.FLAGS]! & FLOW_NAME_ENCRYPTED) !== 0 && (words[w + F.APP]! & 0xffff) === 0;
    if (first !== 0 && !isHidden) {
      this.addName(row, id);
      return;
    }
    this.setName(w, id, EVIDENCE_EVENT, CONFIDENCE_CERTAIN, packetNumber);
    if (first !== 0) this.addName(row, first);
  }

  /** The last word on a connection that showed no name itself: a DNS answer, else a published address range. */
  settle(row: number): void {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    if ((words[w + F.APP]! & 0xffff) !== 0) {
      this.nameSignature(w);
      return;
    }
    const outer = words[w + F.NAME]!;
    const isHidden = (words[w + F.FLAGS]! & FLOW_NAME_ENCRYPTED) !== 0;
    if (outer !== 0 && !isHidden) {
      if (this.entryOf(outer) < 0 && this.addressApps.isResponder(w, outer)) this.takeRange(w);
      return;
    }
    const hint = words[w + F.HINT_NAME]!;
    if (hint !== 0) {
      this.setName(w, hint, EVIDENCE_DNS_ANSWER, CONFIDENCE_LIKELY, 0);
      if (outer !== 0) this.addName(row, outer);
      return;
    }
    if (!isHidden && !this.takeCall(row)) this.takeRange(w);
  }

  /** The app of the call whose set-up showed one of the ends. */
  private takeCall(row: number): boolean {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const call = this.calls.find(row);
    if (call === null) return false;
    this.setApp(w, call.app);
    words[w + F.APP_ENTRY] = this.calls.foundB ? F.ENTRY_ENDPOINT_B : F.ENTRY_ENDPOINT_A;
    words[w + F.EVIDENCE] = EVIDENCE_SIGNATURE | (CONFIDENCE_LIKELY << 8);
    words[w + F.EVIDENCE_PACKET] = call.packetNumber;
    this.changed = true;
    return true;
  }

  /** The app of a published range. */
  private takeRange(w: number): void {
    const { words } = this.flows;
    const entry = this.addressApps.entryOf(w);
    if (entry < 0) return;
    this.setApp(w, this.apps.appOf(entry));
    words[w + F.APP_ENTRY] = entry + 1;
    // Other people's services run at a cloud's addresses.
    const confidence = this.apps.isHosting(entry) ? CONFIDENCE_GUESS : CONFIDENCE_LIKELY;
    words[w + F.EVIDENCE] = EVIDENCE_IP_RANGE | (confidence << 8);
    this.changed = true;
  }

  /** Entry of the app table for a name, -1 for none; looked up once a name. */
  entryOf(name: number): number {
    const { names } = this;
    let entry = names.appEntryOf(name);
    if (entry === UNCLASSIFIED) {
      entry = this.apps.matchName(names.bufOf(name), names.startOf(name), names.endOf(name));
      names.setAppEntry(name, entry);
    }
    return entry;
  }

  /** Keeps what the handshake tells, and has the server's part of it read where that is of use. */
  private takeHandshake(row: number, protocol: string, finding: Finding): void {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    this.handshakes?.client(row, finding);
    if (protocol !== 'tls') return;
    const isNameless = words[w + F.NAME] === 0 && !finding.nameEncrypted;
    if (isNameless || this.handshakes !== null) words[w + F.FLAGS] = words[w + F.FLAGS]! | FLOW_SERVER_HELLO;
  }

  private takeName(row: number, inspector: Inspector, finding: Finding, packetNumber: number): void {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    const { nameBuf, nameStart, nameEnd } = finding;
    const first = words[w + F.NAME]!;
    if (first !== 0 && this.names.is(first, nameBuf!, nameStart, nameEnd)) {
      this.lastName = first;
      if (this.keepsNames) this.foundNames.add(first);
      return;
    }
    const id = this.names.intern(nameBuf!, nameStart, nameEnd);
    this.lastName = id;
    const source = evidenceOf(inspector.name);
    if (source === EVIDENCE_DNS) words[w + F.FLAGS] = words[w + F.FLAGS]! | FLOW_ASKED_DNS;
    if (id === 0) {
      this.takeUnkept(w, source, finding.confidence, nameBuf!, nameStart, nameEnd, packetNumber);
      return;
    }
    if (this.keepsNames) this.foundNames.add(id);
    // The name of a damaged message gives way to the first that is sound.
    const replaces = first !== 0 && this.names.isDamaged(first) && !this.names.isDamaged(id);
    if (first === 0 || replaces) {
      this.setName(w, id, source, finding.confidence, packetNumber);
      if (replaces) this.addName(row, first);
    } else this.addName(row, id);
  }

  /** The app of a name for which there was no room. */
  private takeUnkept(
    w: number,
    source: number,
    confidence: number,
    buf: Buffer,
    start: number,
    end: number,
    packetNumber: number,
  ): void {
    const { words } = this.flows;
    if (words[w + F.NAME] !== 0 || (words[w + F.APP]! & 0xffff) !== 0) return;
    if ((words[w + F.FLAGS]! & FLOW_NAME_ENCRYPTED) !== 0) return;
    const entry = this.apps.matchName(buf, start, end);
    if (entry < 0) return;
    this.setApp(w, this.apps.appOf(entry));
    words[w + F.APP_ENTRY] = entry + 1;
    words[w + F.EVIDENCE] = source | (confidence << 8);
    words[w + F.EVIDENCE_PACKET] = packetNumber;
    this.changed = true;
  }

  private setName(w: number, id: number, source: number, confidence: number, packetNumber: number): void {
    const { words } = this.flows;
    words[w + F.NAME] = id;
    words[w + F.EVIDENCE] = source | (confidence << 8);
    words[w + F.EVIDENCE_PACKET] = packetNumber;
    this.changed = true;
    // The outer name of an encrypted ClientHello is not the site (RFC 9849).
    const isOuter = source !== EVIDENCE_DNS_ANSWER && source !== EVIDENCE_EVENT;
    if ((words[w + F.FLAGS]! & FLOW_NAME_ENCRYPTED) !== 0 && isOuter) return;
    const entry = this.entryOf(id);
    if (entry >= 0) {
      this.setApp(w, this.apps.appOf(entry));
      words[w + F.APP_ENTRY] = entry + 1;
    }
  }

  private addName(row: number, id: number): void {
    const { words } = this.flows;
    const w = row << F.ROW_SHIFT;
    if (words[w + F.NAME] === id) return;
    if (words[w + F.NAME] === 0) {
      this.setName(w, id, EVIDENCE_NONE, CONFIDENCE_CERTAIN, 0);
      return;
    }
    words[w + F.FLAGS] = words[w + F.FLAGS]! | FLOW_MORE_NAMES;
    if (this.moreNames.add(row, id)) this.changed = true;
  }

  private takeSignature(w: number, finding: Finding, packetNumber: number): void {
    const { words } = this.flows;
    const app = this.apps.idOf(finding.app);
    if (app === 0) return;
    this.setApp(w, app);
    words[w + F.EVIDENCE] = EVIDENCE_SIGNATURE | (finding.confidence << 8);
    words[w + F.EVIDENCE_PACKET] = packetNumber;
    this.changed = true;
  }

  /** A DNS answer that agrees with a signature is the better evidence: it has the name. */
  private nameSignature(w: number): void {
    const { words } = this.flows;
    const hint = words[w + F.HINT_NAME]!;
    if (hint === 0 || words[w + F.NAME] !== 0 || (words[w + F.EVIDENCE]! & 0xff) !== EVIDENCE_SIGNATURE) return;
    const entry = this.entryOf(hint);
    if (entry < 0 || this.apps.appOf(entry) !== (words[w + F.APP]! & 0xffff)) return;
    this.setName(w, hint, EVIDENCE_DNS_ANSWER, CONFIDENCE_LIKELY, 0);
  }

  private setProtocol(w: number, name: string): void {
    const { words } = this.flows;
    words[w + F.APP] = (words[w + F.APP]! & 0xffff) | (this.protocols.idOf(name) << 16);
  }

  /**
   * A signature counts on a connection of its own protocol or under one that shares its port: elsewhere it is chance.
   */
  private speaks(w: number, protocol: string): boolean {
    const spoken = this.protocols.names[this.flows.words[w + F.APP]! >>> 16]!;
    return spoken === protocol || (BESIDE_MEDIA.has(protocol) && MEDIA.has(spoken));
  }

  private setApp(w: number, app: number): void {
    const { words } = this.flows;
    words[w + F.APP] = (words[w + F.APP]! & ~0xffff) | app;
  }
}
