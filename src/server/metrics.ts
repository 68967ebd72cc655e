import type { FastifyInstance } from 'fastify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { VERSION } from '../system/version.js';
import type { ServerStats } from './server-stats.js';
import type { StoreProbe } from './store-probe.js';

const UPLOAD_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const PROBE_PATIENCE_MS = 20;
const NO_ROUTE = 'none';

/** What `/metrics` tells, in a registry of its own. Sums are taken from `traffic` when they are asked for. */
export class ServerMetrics {
  readonly registry = new Registry();
  private readonly requests: Counter<'method' | 'route' | 'status'>;
  private readonly uploadSeconds: Histogram<'route'>;

  constructor(traffic: ServerStats, probe: StoreProbe | null, rulesInForce: () => number) {
    const { registry } = this;
    const registers = [registry];
    this.requests = new Counter({
      name: 'dpi_http_requests_total',
      help: 'Requests answered, by route and status.',
      labelNames: ['method', 'route', 'status'],
      registers,
    });
    this.uploadSeconds = new Histogram({
      name: 'dpi_upload_duration_seconds',
      help: 'From the head of an upload to the last byte of its answer, of those answered with a result.',
      labelNames: ['route'],
      buckets: UPLOAD_SECONDS,
      registers,
    });
    sums(registry, traffic);
    gauge(registry, 'dpi_rules_in_force', 'Rules that packets are decided by.', rulesInForce);
    gauge(registry, 'dpi_connections_open', 'Connections of events in progress.', () => {
      return traffic.engine.pipeline.flows.size;
    });
    if (probe !== null) {
      gauge(registry, 'dpi_rule_store_up', '1 while the rule store answers, 0 while it does not.', async () => {
        return (await probe.check(PROBE_PATIENCE_MS)) === false ? 0 : 1;
      });
    }
    new Gauge({ name: 'dpi_build_info', help: 'The version that runs.', labelNames: ['version'], registers })
      .labels(VERSION)
      .set(1);
    collectDefaultMetrics({ register: registry });
  }

  /** Counts the requests of all routes of `app`; those of unknown paths have the route "none". */
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

/** Counters whose values are kept elsewhere. */
function sums(registry: Registry, traffic: ServerStats): void {
  counter(registry, 'dpi_packets_total', 'Packets seen, by where they came from and what became of them.', () => {
    const { ingested, analyzed, filtered } = traffic;
    return [
      [{ source: 'ingest', verdict: 'forward' }, ingested.forwarded_packets],
      [{ source: 'ingest', verdict: 'drop' }, ingested.dropped_packets],
      [{ source: 'analyze', verdict: 'forward' }, analyzed.forwarded_packets],
      [{ source: 'analyze', verdict: 'drop' }, analyzed.dropped_packets],
      [{ source: 'filter', verdict: 'forward' }, filtered.kept_packets],
      [{ source: 'filter', verdict: 'drop' }, filtered.dropped_packets],
    ];
  });
  counter(registry, 'dpi_bytes_total', 'Bytes on the wire of the packets seen.', () => [
    [{ source: 'ingest' }, traffic.ingested.total_bytes],
    [{ source: 'analyze' }, traffic.analyzed.total_bytes],
    [{ source: 'filter' }, traffic.filtered.total_bytes],
  ]);
  counter(registry, 'dpi_captures_total', 'Uploads answered with a result.', () => [
    [{ source: 'analyze' }, traffic.analyzed.captures],
    [{ source: 'filter' }, traffic.filtered.captures],
  ]);
  counter(registry, 'dpi_bad_events_total', 'Events that were none.', () => [[{}, traffic.badEvents]]);
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
