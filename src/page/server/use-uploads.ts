import { useCallback, useRef, useState } from 'preact/hooks';
import type { ReportData } from '../data/report-data.js';
import { Refused, type Sending, sendCapture } from './requests.js';

/** A capture that was handed to the page. */
export interface Upload {
  readonly id: number;
  readonly name: string;
  readonly size: number;
  /** Bytes that have left. */
  readonly sent: number;
  readonly state: 'sending' | 'reading' | 'done' | 'failed';
  readonly report: ReportData | null;
  readonly error: string;
}

export interface Uploads {
  readonly all: readonly Upload[];
  add(files: readonly File[]): void;
  /** Cancels it where it is not done, and forgets it. */
  remove(id: number): void;
}

/**
 * The captures of the page. `onDone` is called as each report has arrived, `onSignedOut` where a token is asked for.
 */
export function useUploads(onDone: (id: number) => void, onSignedOut: () => void): Uploads {
  const [all, setAll] = useState<readonly Upload[]>([]);
  const sendings = useRef(new Map<number, Sending>());
  const nextId = useRef(1);
  const change = useCallback((id: number, changes: Partial<Upload>) => {
    setAll((before) => before.map((one) => (one.id === id ? { ...one, ...changes } : one)));
  }, []);

  const start = (file: File): void => {
    const id = nextId.current++;
    const sending = sendCapture(file, (sent) => change(id, { sent, state: sent < file.size ? 'sending' : 'reading' }));
    sendings.current.set(id, sending);
    setAll((before) => [
      ...before,
      { id, name: file.name, size: file.size, sent: 0, state: 'sending', report: null, error: '' },
    ]);
    sending.report.then(
      (report) => {
        change(id, { report, state: 'done' });
        onDone(id);
      },
      (error: Error) => {
        if (error instanceof Refused && error.status === 401) onSignedOut();
        change(id, { state: 'failed', error: error.message });
      },
    );
  };
  return {
    all,
    add: (files) => files.forEach(start),
    remove: (id) => {
      sendings.current.get(id)?.cancel();
      sendings.current.delete(id);
      setAll((before) => before.filter((one) => one.id !== id));
    },
  };
}
