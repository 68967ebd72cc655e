import type { FlowLimits } from '../../core/flow/flow-stage.js';
import type { FlowTotals } from '../../core/flow/flow-totals.js';
import type { FlowBlock } from '../../core/relay/flow-block.js';
import type { InputRow } from '../../core/report/model.js';
import type { AnalyzeProgress } from '../shared/progress.js';
import type { FileIdentity } from './capture-rereader.js';

/** The task of the thread that reads captures. */
export interface ReaderTask {
  /** Paths of plain files. */
  readonly inputs: readonly string[];
  readonly limits: FlowLimits;
  readonly maxInputLen: number | undefined;
  readonly seed: number;
  readonly ignoreVlan: boolean | undefined;
  /** The other thread judges packets. */
  readonly wantsAll: boolean;
  /** See FlowSender. */
  readonly settledIds: Int32Array;
  /** [0]: blocks that the other thread has taken in, written by it. */
  readonly takenIn: Int32Array;
}

/** A message from that thread. */
export type ReaderMessage =
  /** The file of the blocks that follow. */
  | { readonly kind: 'input'; readonly path: string; readonly identity: FileIdentity }
  /** `offset` in that file is the start of the buffer that the events refer to. */
  | { readonly kind: 'block'; readonly block: FlowBlock; readonly offset: number }
  | { readonly kind: 'progress'; readonly progress: AnalyzeProgress }
  | { readonly kind: 'end'; readonly totals: FlowTotals; readonly rows: InputRow[] }
  /** A DpiError. */
  | { readonly kind: 'failure'; readonly code: string; readonly message: string };

/** A message to that thread. */
export type ReaderRequest =
  | { readonly kind: 'begin'; readonly task: ReaderTask }
  /** A block's memory is free again. */
  | { readonly kind: 'spare'; readonly spare: FlowBlock }
  /** Stop reading and end all connections. */
  | { readonly kind: 'stop' };
