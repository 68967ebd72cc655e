import { FLOW_MORE_NAMES, FLOW_NAME_ENCRYPTED } from '../flow/flow-flags.js';
import type { FlowRows } from '../flow/flow-rows.js';
import { CONFIDENCE_CERTAIN } from '../inspect/inspector.js';
import { MAX_NAME_LEN, type NameTable, UNCLASSIFIED } from '../inspect/name-table.js';
import type { AppTable } from './app-table.js';
import { CnameTargets } from './cname-targets.js';
import { EVIDENCE_DNS_ANSWER, EVIDENCE_EVENT, EVIDENCE_NONE } from './evidence.js';
import type { HandshakeVersions } from './handshake-versions.js';
import type { Handshakes } from './handshakes.js';
import { MoreNames } from './more-names.js';
import { ipProtocolName, ProtocolNames } from './protocol-names.js';
import { RowLabels } from './row-labels.js';

const NO_TARGETS: readonly string[] = [];

/** Hears of names and labels of the connection whose packet is being inspected, as they are found. */
export interface LabelListener {
  /** A message names the host `name` (NameTable id). */
  named(name: number): void;
  /** The connection `row` shows the name `buf[start, end)`, for all or part of which there is no room. */
  unkept(row: number, buf: Buffer, start: number, end: number): void;
  /** The connection has another name or app than before, or will show none any more. */
  labelled(): void;
  /** The connection speaks a protocol that was not known before. */
  spoke(): void;
}

/**
 * The labels of connections: writes protocol, names and app into their rows, with the evidence for them. Those that
 * find labels (FindingLabels, CertificateLabels, LateLabels) say what was found; the rules by which names and apps give
 * way to one another are here.
 */
export class Labels {
  readonly protocols = new ProtocolNames();
  readonly moreNames = new MoreNames();
  /** The one label of each connection. */
  readonly rows: RowLabels;
  readonly cnames = new CnameTargets();

  /** `listener` is null where labels are of interest only when connections end. */
  constructor(
    private readonly flows: FlowRows,
    readonly names: NameTable,
    private readonly apps: AppTable,
    private readonly listener: LabelListener | null,
    /** The details of handshakes; null where no report has them. */
    readonly handshakes: Handshakes | null,
    /** Their versions alone; null where no report has them, or all details. */
    readonly versions: HandshakeVersions | null = null,
  ) {
    this.rows = new RowLabels(flows, apps, this.protocols);
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

  /** Where the name leads that the initiator of `row` had asked DNS for, and got the responder's address; or empty. */
  targetsOf(row: number): readonly string[] {
    const hint = this.flows.hintOf(row);
    return hint === 0 ? NO_TARGETS : this.cnames.of(hint);
  }

  /** The connection speaks `protocol`; the first that it spoke stays. */
  speaks(row: number, protocol: string): void {
    if (this.flows.protocolOf(row) !== 0) return;
    this.flows.setProtocol(row, this.protocols.idOf(protocol));
    this.listener?.spoke();
  }

  /** The protocol of a connection that is neither TCP nor UDP is known by its number. */
  spoken(row: number, ipProtocol: number): void {
    const name = ipProtocolName(ipProtocol);
    if (name !== undefined) this.flows.setProtocol(row, this.protocols.idOf(name));
  }

  /** A message of the connection `row` names `buf[start, end)`. Returns its NameTable id, 0 if there is no room. */
  heard(row: number, buf: Buffer, start: number, end: number): number {
    const id = this.names.intern(buf, start, end);
    if (id !== 0) this.listener?.named(id);
    if (id === 0 || end - start > MAX_NAME_LEN) this.listener?.unkept(row, buf, start, end);
    return id;
  }

  /** The same for a name that is known already. */
  heardAgain(name: number): void {
    this.listener?.named(name);
  }

  /** Another name of the connection from the same message, as with several DNS questions. */
  alsoNamed(row: number, buf: Buffer, start: number, end: number): void {
    const id = this.heard(row, buf, start, end);
    if (id !== 0) this.addName(row, id);
  }

  /**
   * The source of a packet's event names the host that the packet is to: the first name of a connection that has shown
   * none, or only the outer one of an encrypted ClientHello; else a further one.
   */
  told(row: number, buf: Buffer, start: number, end: number, packetNumber: number): void {
    const { flows } = this;
    const id = this.heard(row, buf, start, end);
    const first = flows.nameOf(row);
    if (id === 0) {
      if (this.mayTakeUnkept(row)) {
        this.setEntry(row, this.apps.matchName(buf, start, end), EVIDENCE_EVENT, CONFIDENCE_CERTAIN, packetNumber);
      }
      return;
    }
    if (first === id) return;
    const isHidden = flows.hasFlag(row, FLOW_NAME_ENCRYPTED) && flows.appOf(row) === 0;
    if (first !== 0 && !isHidden) {
      this.addName(row, id);
      return;
    }
    this.setName(row, id, EVIDENCE_EVENT, CONFIDENCE_CERTAIN, packetNumber);
    if (first !== 0) this.addName(row, first);
  }

  /** True when a name that NameTable has no room for may give the connection its app: it has neither name nor app. */
  mayTakeUnkept(row: number): boolean {
    const { flows } = this;
    return flows.nameOf(row) === 0 && flows.appOf(row) === 0 && !flows.hasFlag(row, FLOW_NAME_ENCRYPTED);
  }

  /** Makes `name` the connection's first, and its app the connection's. */
  setName(row: number, name: number, source: number, confidence: number, packetNumber: number): void {
    const { flows } = this;
    flows.setName(row, name);
    flows.setEvidence(row, source, confidence, packetNumber);
    this.listener?.labelled();
    // The outer name of an encrypted ClientHello is not the site (RFC 9849).
    const isOuter = source !== EVIDENCE_DNS_ANSWER && source !== EVIDENCE_EVENT;
    if (flows.hasFlag(row, FLOW_NAME_ENCRYPTED) && isOuter) return;
    const entry = this.entryOf(name);
    if (entry < 0) return;
    flows.setApp(row, this.apps.appOf(entry));
    flows.setEntry(row, entry + 1);
  }

  /** Adds a name to those of the connection; the first one stays. */
  addName(row: number, name: number): void {
    const { flows } = this;
    const first = flows.nameOf(row);
    if (first === name) return;
    if (first === 0) {
      this.setName(row, name, EVIDENCE_NONE, CONFIDENCE_CERTAIN, 0);
      return;
    }
    flows.addFlags(row, FLOW_MORE_NAMES);
    const { moreNames, names } = this;
    const { refused } = moreNames;
    if (!moreNames.add(row, name)) return;
    if (moreNames.refused === refused) this.listener?.labelled();
    else this.listener?.unkept(row, names.bufOf(name), names.startOf(name), names.endOf(name));
  }

  /** Gives the connection the app of an entry of the app table, without a name; does nothing for -1. */
  setEntry(row: number, entry: number, source: number, confidence: number, packetNumber: number): void {
    if (entry < 0) return;
    this.flows.setEntry(row, entry + 1);
    this.setApp(row, this.apps.appOf(entry), source, confidence, packetNumber);
  }

  /** Gives the connection an app that no entry of the app table stands for. */
  setApp(row: number, app: number, source: number, confidence: number, packetNumber: number): void {
    this.flows.setApp(row, app);
    this.flows.setEvidence(row, source, confidence, packetNumber);
    this.listener?.labelled();
  }

  /** The connection will show no name any more: what waited for one waits no longer. */
  settled(): void {
    this.listener?.labelled();
  }
}
