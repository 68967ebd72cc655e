/** Where the next bytes of one direction stand within a message. */
export const AT_MESSAGE = 0;
/** The same bytes come again with more behind them: a part of them has been searched for Host already. */
export const BEFORE_HOST = 1;
/** They go on a header block whose start line (and name) was reported. */
export const IN_HEADERS = 2;

/** Progress of one direction within a header block that came in several pieces. */
export class HttpProgress {
  phase: 0 | 1 | 2 = AT_MESSAGE;
  /**
   * BEFORE_HOST: offsets relative to the first byte shown: the first line not read whole, and how far it was searched.
   */
  lineOffset = 0;
  searchedLen = 0;
  bodyLen = 0;
  hasTransferCoding = false;
  /** The message has no body whatever its fields say: CONNECT, and answers 1xx, 204 and 304 (RFC 9112 §6.3). */
  bodiless = false;
}

/**
 * What the HTTP inspector remembers of a connection. Only connections with a header block in several pieces get one,
 * and `releaseState` takes it back for the next.
 */
export class HttpState {
  readonly toResponder = new HttpProgress();
  readonly toInitiator = new HttpProgress();
}

const MAX_POOLED = 256;
/** Spare states of all connections of this thread; no connection refers to one of them. */
const pool: HttpState[] = [];

export function acquireState(): HttpState {
  const state = pool.pop() ?? new HttpState();
  state.toResponder.phase = AT_MESSAGE;
  state.toInitiator.phase = AT_MESSAGE;
  return state;
}

export function releaseState(state: unknown): void {
  if (state instanceof HttpState && pool.length < MAX_POOLED) pool.push(state);
}
