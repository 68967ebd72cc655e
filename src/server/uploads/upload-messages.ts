import type { MessagePort } from 'node:worker_threads';
import type { Limits } from '../../core/engine/options.js';
import type { RuleChoice, RuleTexts } from '../../usecases/rules/rules-in-force.js';

/** The part of a worker's request that all uploads share. All values are cloneable. */
export interface UploadRequest {
  /** Sends empty buffers to the body's reader and brings them back filled. */
  readonly port: MessagePort;
  /** Name of the capture in the report. */
  readonly name: string;
  /** A folder for data that does not fit in memory, and the file in it for the response. */
  readonly spoolFolder: string;
  readonly spoolFile: string;
  /** Maximum length of the uncompressed capture, in bytes. */
  readonly maxInputLen: number;
  readonly appsFiles: readonly string[];
  readonly limits: Partial<Limits>;
}

export interface AnalyzeRequest {
  readonly rules: RuleChoice;
  /** Flag of one of `FORMATS`, or "table". */
  readonly format: string;
  /** Rows in each list of the table. */
  readonly top: number;
  readonly failOn: readonly string[];
}

export interface FilterRequest {
  readonly rules: RuleChoice;
  readonly mode: 'inline' | 'flow';
  readonly keep: readonly RuleTexts[];
  /** Return the summary as JSON instead of the capture. */
  readonly summaryOnly: boolean;
}

/** A response: a short one in memory, a longer one in the spool file. */
export interface SpooledResponse {
  /** Null if the response is in the file. */
  readonly bytes: Uint8Array | null;
  readonly len: number;
}

/** Errors lose their own properties between threads, so expected ones travel as values. */
export type UploadOutcome<T> =
  | { readonly isDone: true; readonly outcome: T; readonly response: SpooledResponse }
  | { readonly isDone: false; readonly code: string; readonly message: string };
