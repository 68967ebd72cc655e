/** How far a run has come. */
export interface AnalyzeProgress {
  /** Bytes read of all inputs as stored: compressed inputs count compressed. */
  bytesRead: number;
  /** Length of all inputs; null when one is a pipe. */
  totalLen: number | null;
  packets: number;
}

export type OnProgress = (progress: AnalyzeProgress) => void;

/**
 * A hook for one of two passes over inputs of `totalLen` bytes: `onProgress` sees both passes as one run of twice the
 * length.
 */
export function passProgress(
  onProgress: OnProgress | undefined,
  pass: 'first' | 'second',
  totalLen: number | null,
): OnProgress | undefined {
  if (onProgress === undefined) return undefined;
  const doneLen = pass === 'first' ? 0 : (totalLen ?? 0);
  return (progress) =>
    onProgress({
      ...progress,
      bytesRead: doneLen + progress.bytesRead,
      totalLen: totalLen === null ? null : totalLen * 2,
    });
}
