import type { Endpoint } from '../flow/flow-rows.js';
import type { Finding, InspectContext, Inspector } from './inspector.js';

/** The connection's side of an inspection. */
export interface FindingListener {
  /** Fills direction and ports for bytes that `sender` sent on the connection `row`. */
  describe(row: number, sender: Endpoint, context: InspectContext): void;
  /**
   * Takes what an inspector found; `finding` and its name bytes are valid during the call only. Returns true when the
   * connection needs no more inspection.
   */
  found(row: number, sender: Endpoint, inspector: Inspector, finding: Finding, packetNumber: number): boolean;
}
