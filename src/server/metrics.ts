import type { FastifyInstance } from 'fastify';
import { VERSION } from '../system/version.js';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from './packages.js';
import type { ServerStats } from './server-stats.js';
import type { StoreProbe } from './store-probe.js';

const UPLOAD_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const PROBE_PATIENCE_MS = 20;
const NO_ROUTE = 'none';

/** The metrics of `/metrics`, in their own registry. Sums are read from `stats` at each scrape. */
export class ServerMetrics {
  readonly registry = new Registry();
  private readonly requests: Counter<'method' | 'route' | 'status'>;
  private readonly uploadSeconds: Histogram<'route'>;

  constructor(stats: ServerStats, probe: StoreProbe | null, rulesInForce: () => number) {
    const { registry } = this;
    const registers = [registry];
    this.requests = new Counter({
      name: 'dpi_http_requests_total',
      help: 'HTTP requests by method, route and status.',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.uploadSeconds = new Histogram({
      name: 'dpi_upload_duration_seconds',
      help: 'Time from the request header to the last byte of the response, successful uploads only.',
      labelNames: ['route'],
      buckets: UPLOAD_SECONDS,
      registers,
    });
    sums(registry, stats);
    gauge(registry, 'dpi_rules_in_force', 'Rules in force.', rulesInForce);
    gauge(registry, 'dpi_connections_open', 'Open connections of ingested events.', () => stats.openConnections);
    if (probe !== null) {
      gauge(registry, 'dpi_rule_store_up', '1 if the rule store replies, 0 if it does not.', async () => {
        return (await probe.check(PROBE_PATIENCE_MS)) === false ? 0 : 1;
      });
    }
    new Gauge({ name: 'dpi_build_info', help: 'Version of the running server.', labelNames: ['version'], registers })
      .labels(VERSION)
      .set(1);
    collectDefaultMetrics({ register: registry });
  }

  /** Counts the requests to all routes of `app`; requests to unknown paths get the route "none". */
  watch(app: FastifyInstance): void {
    app.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? NO_ROUTE;
      this.requests.inc({ method: request.method, route, status: reply.statusCode });
      if (request.routeOptions.config?.isUpload === true && reply.statusCode === 200) {
        this.uploadSeconds.observe({ route }, reply.elapsedTime / 1000);
      }
    });
  }
}

/** Registers counters whose values `stats` keeps. */
function sums(registry: Registry, stats: ServerStats): void {
  counter(registry, 'dpi_packets_total', 'Packets by source and verdict.', () => {
    const { ingested, analyzed, filtered } = stats;
    return [
      [{ source: 'ingest', verdict: 'forward' }, ingested.forwarded_packets],
      [{ source: 'ingest', verdict: 'drop' }, ingested.dropped_packets],
      [{ source: 'analyze', verdict: 'forward' }, analyzed.forwarded_packets],
      [{ source: 'analyze', verdict: 'drop' }, analyzed.dropped_packets],
      [{ source: 'filter', verdict: 'forward' }, filtered.kept_packets],
      [{ source: 'filter', verdict: 'drop' }, filtered.dropped_packets],
    ];
  });
  counter(registry, 'dpi_bytes_total', 'Bytes on the wire by source.', () => [
    [{ source: 'ingest' }, stats.ingested.total_bytes],
    [{ source: 'analyze' }, stats.analyzed.total_bytes],
    [{ source: 'filter' }, stats.filtered.total_bytes],
  ]);
  counter(registry, 'dpi_captures_total', 'Captures analyzed or filtered successfully.', () => [
    [{ source: 'analyze' }, stats.analyzed.captures],
    [{ source: 'filter' }, stats.filtered.captures],
  ]);
  counter(registry, 'dpi_bad_events_total', 'Malformed events.', () => [[{}, stats.badEvents]]);
}

function counter(
  registry: Registry,
  name: string,
  help: string,
  values: () => readonly (readonly [labels: Record<string, string>, value: number])[],
): void {
  const labelNames = Object.keys(values()[0]?.[0] ?? {});
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, value] of values()) this.inc(labels, value);
    },
  });
}

function gauge(registry: Registry, name: string, help: string, value: () => number | Promise<number>): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      this.set(await value());
    },
  });
}
