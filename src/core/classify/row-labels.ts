import type { FlowRows } from '../flow/flow-rows.js';
import type { AppTable } from './app-table.js';
import { EVIDENCE_DNS, EVIDENCE_DNS_ANSWER, EVIDENCE_IP_RANGE, EVIDENCE_NONE } from './evidence.js';
import type { ProtocolNames } from './protocol-names.js';

/** What a label names; "unknown" where a connection showed neither app nor protocol. */
export type LabelKind = 'app' | 'protocol' | 'unknown';

/** The label of a connection without app and protocol; its id is 0. */
const UNKNOWN_LABEL = 'unknown';

/**
 * The one label of each connection: its app, else its protocol, else unknown. A label is a small id: 0 is unknown, apps
 * have their own ids, protocols follow them. App names are upper case and protocol names lower case, so that the texts
 * differ too.
 */
export class RowLabels {
  private readonly dns: number;
  private readonly mdns: number;
  private readonly llmnr: number;

  constructor(
    private readonly flows: FlowRows,
    private readonly apps: AppTable,
    private readonly protocols: ProtocolNames,
  ) {
    this.dns = protocols.idOf('dns');
    this.mdns = protocols.idOf('mdns');
    this.llmnr = protocols.idOf('llmnr');
  }

  /** The label of the connection so far; final once the connection has ended. */
  of(row: number): number {
    const app = this.flows.appOf(row);
    if (app !== 0) return app;
    const protocol = this.flows.protocolOf(row);
    return protocol === 0 ? 0 : this.apps.size + protocol - 1;
  }

  textOf(label: number): string {
    const { apps, protocols } = this;
    if (label === 0) return UNKNOWN_LABEL;
    return label < apps.size ? apps.nameOf(label) : protocols.names[label - apps.size + 1]!;
  }

  kindOf(label: number): LabelKind {
    if (label === 0) return 'unknown';
    return label < this.apps.size ? 'app' : 'protocol';
  }

  /** The app's category; null for protocols and unknown. */
  categoryOf(label: number): string | null {
    return label > 0 && label < this.apps.size ? this.apps.categoryOf(label) : null;
  }

  /**
   * True for a DNS look-up: a connection that carries only DNS, mDNS or LLMNR messages. It may have the app of the name
   * that was asked for, but none of the app's own traffic.
   */
  isLookup(row: number): boolean {
    const protocol = this.flows.protocolOf(row);
    if (protocol !== this.dns && protocol !== this.mdns && protocol !== this.llmnr) return false;
    // Another source shows that the connection went on with something else.
    const source = this.flows.evidenceOf(row) & 0xff;
    return (
      source === EVIDENCE_NONE ||
      source === EVIDENCE_DNS ||
      source === EVIDENCE_DNS_ANSWER ||
      source === EVIDENCE_IP_RANGE
    );
  }
}
