import { FLOW_NAME_ENCRYPTED } from '../flow/flow-flags.js';
import { ENTRY_ENDPOINT_A, ENTRY_ENDPOINT_B, type FlowRows } from '../flow/flow-rows.js';
import { CONFIDENCE_GUESS, CONFIDENCE_LIKELY } from '../inspect/inspector.js';
import type { AddressApps } from './address-apps.js';
import type { AppTable } from './app-table.js';
import type { CallEndpoints } from './call-endpoints.js';
import { EVIDENCE_DNS_ANSWER, EVIDENCE_IP_RANGE, EVIDENCE_SIGNATURE } from './evidence.js';
import type { Labels } from './labels.js';

/**
 * Labels connections that showed no name themselves, once they can show none any more: by a DNS answer, else by the
 * call that they belong to, else by a published address range.
 */
export class LateLabels {
  constructor(
    private readonly flows: FlowRows,
    private readonly labels: Labels,
    private readonly apps: AppTable,
    private readonly calls: CallEndpoints,
    private readonly addressApps: AddressApps,
  ) {}

  /** May be called again for the same connection. */
  settle(row: number): void {
    const { flows, labels } = this;
    if (flows.appOf(row) !== 0) {
      this.nameSignature(row);
      return;
    }
    const outer = flows.nameOf(row);
    const isHidden = flows.hasFlag(row, FLOW_NAME_ENCRYPTED);
    if (outer !== 0 && !isHidden) {
      if (labels.entryOf(outer) < 0 && this.addressApps.isResponder(row, outer)) this.takeRange(row);
      return;
    }
    const hint = flows.hintOf(row);
    if (hint !== 0) {
      labels.setName(row, hint, EVIDENCE_DNS_ANSWER, CONFIDENCE_LIKELY, 0);
      if (outer !== 0) labels.addName(row, outer);
      return;
    }
    if (!isHidden && !this.takeCall(row)) this.takeRange(row);
  }

  /** A DNS answer that agrees with a signature is the better evidence: it has the name. */
  private nameSignature(row: number): void {
    const { flows, labels } = this;
    const hint = flows.hintOf(row);
    if (hint === 0 || flows.nameOf(row) !== 0 || (flows.evidenceOf(row) & 0xff) !== EVIDENCE_SIGNATURE) return;
    const entry = labels.entryOf(hint);
    // The name may show which part of the app it is.
    if (entry < 0 || this.apps.groupOf(this.apps.appOf(entry)) !== this.apps.groupOf(flows.appOf(row))) return;
    labels.setName(row, hint, EVIDENCE_DNS_ANSWER, CONFIDENCE_LIKELY, 0);
  }

  /** The app of the call whose set-up showed one of the ends. */
  private takeCall(row: number): boolean {
    const call = this.calls.find(row);
    if (call === null) return false;
    this.flows.setEntry(row, this.calls.foundB ? ENTRY_ENDPOINT_B : ENTRY_ENDPOINT_A);
    this.labels.setApp(row, call.app, EVIDENCE_SIGNATURE, CONFIDENCE_LIKELY, call.packetNumber);
    return true;
  }

  /** The app of a published range; the evidence packet stays that of the name, if there is one. */
  private takeRange(row: number): void {
    const entry = this.addressApps.entryOf(row);
    // Other people's services run at a cloud's addresses.
    const confidence = this.apps.isHosting(entry) ? CONFIDENCE_GUESS : CONFIDENCE_LIKELY;
    this.labels.setEntry(row, entry, EVIDENCE_IP_RANGE, confidence, this.flows.evidencePacketOf(row));
  }
}
