import type { MessagePort } from 'node:worker_threads';
import type { Limits } from '../../core/engine/options.js';
import type { SelectionTexts } from '../../core/select/selection.js';
import type { RuleChoice, RuleTexts } from '../../usecases/rules/rules-in-force.js';
import type { SpoolShare } from './spool-room.js';
import type { ReadProgress } from './upload-progress.js';

/** The part of a worker's request that is the same for all uploads but its files. All values are cloneable. */
export interface SharedRequest {
  /** File for a response that is too long for memory, and its share of the disk. */
  readonly spoolFile: string;
  readonly responseShare: SpoolShare;
  /** Maximum length of the uncompressed capture, in bytes. */
  readonly maxInputLen: number;
  readonly appsFiles: readonly string[];
  readonly limits: Partial<Limits>;
}

/** The request of one upload. */
export interface UploadRequest extends SharedRequest {
  /** Carries `WorkerMessage`s. */
  readonly port: MessagePort;
  /** The capture, and its name in the report. */
  readonly file: string;
  readonly name: string;
}

/** "started" and progress come from the worker, "abort" goes to it: it stops soon and returns nothing. */
export type WorkerMessage = 'started' | 'abort' | ReadProgress;

export interface AnalyzeRequest {
  readonly rules: RuleChoice;
  readonly ignoreVlan: boolean;
  readonly followCname: boolean;
  /** Flag of one of `FORMATS`, or "table". */
  readonly format: string;
  /** As `--redact`. */
  readonly redact: boolean;
  /** Rows in each list of the table. */
  readonly top: number;
  readonly failOn: readonly string[];
  readonly only: readonly string[];
  /** Which connections the report is about. */
  readonly select: SelectionTexts;
}

export interface TestRequest {
  readonly rules: RuleChoice;
  readonly ignoreVlan: boolean;
  readonly followCname: boolean;
  readonly failOn: readonly string[];
}

export interface ExplainRequest {
  readonly rules: RuleChoice;
  readonly ignoreVlan: boolean;
  readonly followCname: boolean;
  /** As `--explain` takes it. */
  readonly what: string;
  /** Most explanations. */
  readonly limit: number;
  readonly select: SelectionTexts;
}

export interface FilterRequest {
  readonly rules: RuleChoice;
  readonly ignoreVlan: boolean;
  readonly followCname: boolean;
  readonly mode: 'inline' | 'flow';
  readonly keep: readonly RuleTexts[];
  /** The choices of `keep_…` that are no rules. */
  readonly select: SelectionTexts;
  /** Drop what `keep` and `select` pick. */
  readonly invert: boolean;
  /** Return the summary as JSON instead of the capture. */
  readonly summaryOnly: boolean;
}

/** A response: a short one in memory, a longer one in the spool file. */
export interface SpooledResponse {
  /** Null if the response is in the file. */
  readonly bytes: Uint8Array | null;
  readonly len: number;
}

export interface DoneUpload<T> {
  readonly isDone: true;
  readonly outcome: T;
  readonly response: SpooledResponse;
}

/** Errors lose their own properties between threads, so expected ones travel as values. */
export type UploadOutcome<T> =
  | DoneUpload<T>
  | { readonly isDone: false; readonly code: string; readonly message: string };
