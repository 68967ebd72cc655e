import { useCallback, useRef, useState } from 'preact/hooks';
import type { ReportData } from '../data/report-data.js';
import { Refused } from './requests.js';
import { type Progress, type Sending, sendForReport } from './sendings.js';

/** A capture that was handed to the page. */
export interface Upload {
  readonly id: number;
  /** Read again for each further request; the page keeps no copy. */
  readonly file: File;
  /** Null once it is done or has failed. */
  readonly progress: Progress | null;
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
  const sendings = useRef(new Map<number, Sending<ReportData>>());
  const nextId = useRef(1);
  const change = useCallback((id: number, changes: Partial<Upload>) => {
    setAll((before) => before.map((one) => (one.id === id ? { ...one, ...changes } : one)));
  }, []);

  const start = (file: File): void => {
    const id = nextId.current++;
    const sending = sendForReport(file, (progress) => change(id, { progress }));
    sendings.current.set(id, sending);
    const progress: Progress = { state: 'sending', done: 0, total: file.size };
    setAll((before) => [...before, { id, file, progress, report: null, error: '' }]);
    sending.answer.then(
      (report) => {
        change(id, { report, progress: null });
        onDone(id);
      },
      (error: Error) => {
        if (error instanceof Refused && error.status === 401) onSignedOut();
        change(id, { progress: null, error: error.message });
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
