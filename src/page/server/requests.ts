import { type ReportData, readReport } from '../data/report-data.js';

/** A request that the server refused, in its own words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
  ) {
    super(detail);
    this.name = 'Refused';
  }
}

export interface Session {
  readonly needs_token: boolean;
  readonly is_open: boolean;
}

export function readSession(): Promise<Session> {
  return ask<Session>('GET', '/session');
}

/** Rejects with Refused for a wrong token. */
export async function signIn(token: string): Promise<void> {
  await ask('POST', '/session', { token });
}

export async function signOut(): Promise<void> {
  await ask('DELETE', '/session');
}

/** An answer of the server as JSON; undefined without a body. Rejects with Refused for a problem. */
export async function ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(path, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Refused(response.status, detailOf(text, response.status));
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

/** A capture on its way to the server. */
export interface Sending {
  /** Rejects with Refused, or with an AbortError once cancelled. */
  readonly report: Promise<ReportData>;
  cancel(): void;
}

/** Sends a capture and reads its report. `onSent` gets the bytes that have left so far. */
export function sendCapture(file: File, onSent: (bytes: number) => void): Sending {
  // `fetch` can't tell how much of a body has left.
  const request = new XMLHttpRequest();
  const report = new Promise<string>((resolve, reject) => {
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.upload.onload = () => onSent(file.size);
    request.onload = () => {
      if (request.status === 200) resolve(request.responseText);
      else reject(new Refused(request.status, detailOf(request.responseText, request.status)));
    };
    request.onerror = () => reject(new Error('the server cannot be reached, or closed the connection'));
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
  }).then((html) => readReport(/id="data">([A-Za-z0-9+/=]*)</.exec(html)?.[1] ?? ''));
  request.open('POST', `/analyze?${new URLSearchParams({ format: 'html', name: file.name || 'capture' })}`);
  request.setRequestHeader('content-type', 'application/octet-stream');
  request.send(file);
  return { report, cancel: () => request.abort() };
}

function detailOf(text: string, status: number): string {
  try {
    return (JSON.parse(text) as { detail?: string }).detail ?? `the server answered ${status}`;
  } catch {
    return `the server answered ${status}`;
  }
}
