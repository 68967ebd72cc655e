import type { ReportData } from './report-data.js';

/** How a connection went, in a word or two: its worst trouble, else its state. */
export function stateWords(data: ReportData, row: number): { readonly words: string; readonly isTrouble: boolean } {
  const outcome = data.text('tcp_outcome', row);
  if (outcome !== null) return { words: outcome, isTrouble: true };
  if (data.numbers('is_handshake_failed')[row] === 1) return { words: 'handshake failed', isTrouble: true };
  const resetBy = data.text('reset_by', row);
  if (resetBy !== null) return { words: `reset by ${resetBy}`, isTrouble: true };
  if (data.numbers('blocked')[row] === 1) return { words: 'blocked', isTrouble: true };
  const quic = data.text('quic_version', row);
  const words =
    data.text('tcp_state', row) ?? (quic === null ? (data.text('app_protocol', row) ?? '') : `QUIC ${quic}`);
  return { words, isTrouble: false };
}
