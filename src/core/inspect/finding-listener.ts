import type { Endpoint } from '../flow/flow-rows.js';
import type { Finding, InspectContext, Inspector } from './inspector.js';

/** What a finding meant for its connection. */
export class FindingOutcome {
  /** The connection needs no more inspection. */
  isSettled = false;
  /** NameTable id of the name found, 0 for none. */
  name = 0;
}

/** The connection's side of an inspection. */
export interface FindingListener {
  /** Fills direction and ports for bytes that `sender` sent on the connection `row`. */
  describe(row: number, sender: Endpoint, context: InspectContext): void;
  /**
   * Takes what an inspector found; `finding` and its name bytes are valid during the call only. What it returns is
   * valid until the next call.
   */
  found(row: number, sender: Endpoint, inspector: Inspector, finding: Finding, packetNumber: number): FindingOutcome;
}
