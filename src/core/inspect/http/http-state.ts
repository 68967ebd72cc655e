import { type InspectContext, TO_RESPONDER } from '../inspector.js';

/** Where the next bytes of one direction stand within a message. */
export const AT_MESSAGE = 0;
/** The same bytes come again with more behind them: a part of them has been searched for Host already. */
export const BEFORE_HOST = 1;
/** They go on a header block whose start line (and name) was reported. */
export const IN_HEADERS = 2;
/** They go on a chunked body (RFC 9112 §7.1), at the line with the length of a chunk. */
export const IN_CHUNKS = 3;

/** Progress of one direction within a header block that came in several pieces. */
export class HttpProgress {
  phase: 0 | 1 | 2 | 3 = AT_MESSAGE;
  /**
   * BEFORE_HOST: offsets relative to the first byte shown: the first line not read whole, and how far it was searched.
   */
  lineOffset = 0;
  searchedLen = 0;
  bodyLen = 0;
  hasTransferCoding = false;
  /** The message has no body whatever its fields say: CONNECT, and answers 1xx, 204 and 304 (RFC 9112 §6.3). */
  bodiless = false;
  /** IN_HEADERS: the request's Host field has not come yet. */
  awaitsHost = false;
}

/**
 * What the HTTP inspector remembers of a connection. Only connections with a header block in several pieces get one,
 * and `releaseState` takes it back for the next.
 */
class HttpState {
  readonly toResponder = new HttpProgress();
  readonly toInitiator = new HttpProgress();
}

const MAX_POOLED = 256;
/** Spare states of all connections of this thread; no connection refers to one of them. */
const pool: HttpState[] = [];

function acquireState(): HttpState {
  const state = pool.pop() ?? new HttpState();
  state.toResponder.phase = AT_MESSAGE;
  state.toInitiator.phase = AT_MESSAGE;
  return state;
}

export function releaseState(state: unknown): void {
  if (state instanceof HttpState && pool.length < MAX_POOLED) pool.push(state);
}

/** The progress of the direction that the bytes come from, null where none is kept. */
export function progressOf(context: InspectContext): HttpProgress | null {
  const state = context.state;
  if (!(state instanceof HttpState)) return null;
  return context.direction === TO_RESPONDER ? state.toResponder : state.toInitiator;
}

/** The same, kept from now on. */
export function ensureProgress(context: InspectContext): HttpProgress {
  const progress = progressOf(context);
  if (progress !== null) return progress;
  const state = acquireState();
  context.state = state;
  return context.direction === TO_RESPONDER ? state.toResponder : state.toInitiator;
}
