import type { PolicySummary } from '../../core/report/policy-model.js';
import type { SelectingWords } from '../data/command.js';
import { type ReportData, readReport } from '../data/report-data.js';
import { ask, detailOf, Refused } from './requests.js';

/** A capture on its way to the server, and the answer on its way back. */
export interface Sending<Answer> {
  /** Rejects with Refused, or with an AbortError once cancelled. */
  readonly answer: Promise<Answer>;
  cancel(): void;
}

/** How often the page asks how much of a capture the server has read. */
const ASK_MS = 500;

/** How far a sending is. `receiving` comes only with answers as long as captures. */
export interface Progress {
  readonly state: 'sending' | 'reading' | 'receiving';
  /** Bytes of `total` that have left, were read, or have come back. 0 until the server says what it has read. */
  readonly done: number;
  readonly total: number;
}

/** Answer of `/uploads/ID`. Both are 0 before the capture is read. */
interface ReadProgress {
  readonly read_bytes: number;
  readonly total_bytes: number;
}

export type OnProgress = (progress: Progress) => void;

/** A filtered capture. */
export interface Copy {
  /** The browser keeps long ones on disk. */
  readonly bytes: Blob;
  readonly name: string;
  readonly keptPackets: number;
  readonly totalPackets: number;
}

/** Sends a capture and reads its report. */
export function sendForReport(file: File, onProgress: OnProgress): Sending<ReportData> {
  const id = randomId();
  let asking: ReturnType<typeof setInterval> | undefined;
  const askProgress = (): void => {
    ask<ReadProgress>('GET', `/uploads/${id}`).then(
      ({ read_bytes: done, total_bytes: total }) => {
        if (done > 0) onProgress({ state: 'reading', done, total });
      },
      // The report is what counts.
      () => {},
    );
  };
  const { answer, cancel } = send(file, 'analyze', { format: 'html', upload: id }, 'text', (progress) => {
    onProgress(progress);
    if (progress.state === 'reading') asking ??= setInterval(askProgress, ASK_MS);
  });
  return {
    answer: answer
      .finally(() => clearInterval(asking))
      .then(({ response }) => readReport(/id="data">([A-Za-z0-9+/=]*)</.exec(response)?.[1] ?? '')),
    cancel,
  };
}

/** Over plain HTTP from another machine a browser has no `randomUUID`. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-');
}

/** Sends a capture and reads what the rules of the server would not stop in it. */
export function sendForPolicy(file: File, onProgress: OnProgress): Sending<PolicySummary> {
  const { answer, cancel } = send(file, 'rules/test', {}, 'text', onProgress);
  return { answer: answer.then(({ response }) => JSON.parse(response)), cancel };
}

/** Sends a capture and gets it back with the chosen connections alone, or without them (`isWithout`). */
export function sendForCopy(
  file: File,
  { since, until, where }: SelectingWords,
  isWithout: boolean,
  onProgress: OnProgress,
): Sending<Copy> {
  const chosen = Object.entries({ keep_since: since, keep_until: until, keep_where: where });
  const query = {
    ...Object.fromEntries(chosen.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
    ...(isWithout ? { invert: 'true' } : {}),
  };
  const { answer, cancel } = send(file, 'filter', query, 'blob', onProgress);
  return {
    answer: answer.then((request) => ({
      bytes: request.response,
      name: nameOfCopy(file.name, isWithout, request.getResponseHeader('content-disposition') ?? ''),
      keptPackets: Number(request.getResponseHeader('dpi-kept-packets')),
      totalPackets: Number(request.getResponseHeader('dpi-total-packets')),
    })),
    cancel,
  };
}

/** Hands a copy to the browser's downloads. */
export function save({ bytes, name }: Copy): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(bytes);
  link.download = name;
  link.click();
  // The download holds the bytes from its begin on.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** `fetch` can't tell how much of a body has left. */
function send(
  file: File,
  route: string,
  query: Readonly<Record<string, string>>,
  type: 'text' | 'blob',
  onProgress: OnProgress,
): Sending<XMLHttpRequest> {
  const request = new XMLHttpRequest();
  const total = file.size;
  const answer = new Promise<XMLHttpRequest>((resolve, reject) => {
    request.upload.onprogress = ({ loaded }) =>
      onProgress(loaded < total ? { state: 'sending', done: loaded, total } : { state: 'reading', done: 0, total });
    request.upload.onload = () => onProgress({ state: 'reading', done: 0, total });
    request.onprogress = (event) => {
      if (request.status === 200 && type === 'blob') {
        onProgress({ state: 'receiving', done: event.loaded, total: event.total });
      }
    };
    request.onload = () => {
      if (request.status === 200) resolve(request);
      else refusalOf(request).then(reject, reject);
    };
    request.onerror = () => reject(new Error('the server cannot be reached, or closed the connection'));
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
  });
  request.open('POST', `/${route}?${new URLSearchParams({ name: file.name || 'capture', ...query })}`);
  request.responseType = type;
  request.setRequestHeader('content-type', 'application/octet-stream');
  request.send(file);
  return { answer, cancel: () => request.abort() };
}

async function refusalOf({ response, status }: XMLHttpRequest): Promise<Refused> {
  const text = response instanceof Blob ? await response.text() : String(response);
  return new Refused(status, detailOf(text, status));
}

/** "demo.pcap.gz" becomes "demo-selection.pcap": the server returns the capture uncompressed, in a format it names. */
function nameOfCopy(name: string, isWithout: boolean, disposition: string): string {
  const ending = /filename="[^"]*\.(\w+)"/.exec(disposition)?.[1] ?? 'pcap';
  const stem = name.replace(/\.(?:gz|zst)$/i, '').replace(/\.\w+$/, '');
  return `${stem === '' ? 'capture' : stem}-${isWithout ? 'rest' : 'selection'}.${ending}`;
}
