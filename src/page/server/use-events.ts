import { useEffect, useState } from 'preact/hooks';

/** The events of `POST /ingest` since the server started. */
interface IngestState {
  readonly total_packets: number;
  readonly total_bytes: number;
  readonly dropped_packets: number;
  readonly total_connections: number;
  readonly open_connections: number;
  readonly open_streams: number;
  readonly bad_events: number;
  readonly apps: readonly IngestApp[];
}

export interface IngestApp {
  readonly app: string;
  readonly connections: number;
  readonly packets: number;
  readonly bytes: number;
}

export interface ServerEvents {
  /** Raised each time that other rules came into force; 0 before the first event. */
  readonly rulesVersion: number;
  readonly ingest: IngestState | null;
  /** Packets of `ingest` a second, of late; null before two states have come. */
  readonly packetRate: number | null;
}

interface Seen extends ServerEvents {
  readonly atMs: number;
}

/** Listens to the server while the page is visible: a browser opens six connections to a server, for all pages. */
export function useEvents(): ServerEvents {
  const [seen, setSeen] = useState<Seen>({ rulesVersion: 0, ingest: null, packetRate: null, atMs: 0 });
  useEffect(() => {
    let events: EventSource | null = null;
    const listen = () => {
      events?.close();
      events = document.visibilityState === 'hidden' ? null : new EventSource('/events');
      events?.addEventListener('rules', () => setSeen((one) => ({ ...one, rulesVersion: one.rulesVersion + 1 })));
      events?.addEventListener('ingest', ({ data }: MessageEvent<string>) => {
        const ingest = JSON.parse(data) as IngestState;
        setSeen((before) => ({ ...before, ingest, ...rateOf(before, ingest, performance.now()) }));
      });
    };
    listen();
    document.addEventListener('visibilitychange', listen);
    return () => {
      document.removeEventListener('visibilitychange', listen);
      events?.close();
    };
  }, []);
  return seen;
}

function rateOf(before: Seen, { total_packets: packets }: IngestState, nowMs: number) {
  if (before.ingest === null) return { packetRate: null, atMs: nowMs };
  const seconds = Math.max(0.5, (nowMs - before.atMs) / 1000);
  return { packetRate: Math.max(0, packets - before.ingest.total_packets) / seconds, atMs: nowMs };
}
