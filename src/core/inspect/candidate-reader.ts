import type { Endpoint } from '../flow/flow-rows.js';
import type { FindingListener } from './finding-listener.js';
import {
  type Finding,
  FOUND,
  type InspectContext,
  type Inspector,
  MALFORMED,
  NEED_MORE,
  NOT_MINE,
} from './inspector.js';
import type { InspectorTable } from './inspector-table.js';

/** No inspector knows the bytes. */
const CANDIDATE_UNKNOWN = 0;
/** More of the bytes must come. */
const CANDIDATE_WAITS = 1;
export const CANDIDATE_READ = 2;

/**
 * Shows the inspectors bytes that a receiver may have taken instead of others. Apart from MessageReader: what the
 * inspectors keep of the connection stays as it is.
 */
export class CandidateReader {
  constructor(
    private readonly table: InspectorTable,
    private readonly context: InspectContext,
    private readonly finding: Finding,
    private readonly listener: FindingListener,
  ) {}

  /**
   * Reads the message that begins `buf[0, end)`, which `sender` sent on the connection `row`. With `final` no more
   * bytes will come. Returns CANDIDATE_*.
   */
  read(row: number, sender: Endpoint, buf: Buffer, end: number, final: boolean): number {
    const { context, table } = this;
    const { state, packetNumber } = context;
    this.listener.describe(row, sender, context);
    context.final = final;
    let outcome = CANDIDATE_UNKNOWN;
    const candidates = table.candidates(buf[0]!);
    for (let i = 0; i < candidates.length && outcome === CANDIDATE_UNKNOWN; i++) {
      outcome = this.ask(table.inspectors[candidates[i]!]!, row, sender, buf, end);
    }
    context.final = false;
    context.state = state;
    context.packetNumber = packetNumber;
    return outcome;
  }

  private ask(inspector: Inspector, row: number, sender: Endpoint, buf: Buffer, end: number): number {
    const { context, finding } = this;
    context.state = undefined;
    finding.reset();
    const status = inspector.inspect(buf, 0, end, context, finding);
    if (context.state !== undefined) inspector.end?.(context.state);
    if (status === NOT_MINE) return CANDIDATE_UNKNOWN;
    if (status === NEED_MORE) return CANDIDATE_WAITS;
    if (status !== FOUND && status !== MALFORMED) return CANDIDATE_UNKNOWN;
    // Whether the connection is settled is for its own stream to say: the receiver may have taken that.
    this.listener.found(row, sender, inspector, finding, context.packetNumber);
    return CANDIDATE_READ;
  }
}
