import { LargestConnections } from '../../core/report/largest.js';
import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import type { ReportEnd } from '../report-format.js';
import { packedData } from './data-element.js';
import { packConnections, TextTable } from './pack.js';
import { PAYLOAD_VERSION, type Payload } from './payload.js';
import { Redactor } from './redactor.js';
import { RestTally } from './rest-tally.js';

/** Connections that a page lists one by one: those with the most bytes. */
const MAX_CONNECTIONS = 50_000;
const MAX_HOSTS = 5000;
const MAX_DOMAINS = 2000;

export interface PayloadOptions {
  /** Addresses are replaced, see Redactor. */
  readonly redact?: boolean;
  /** Connections that are listed one by one; the others are summed up. */
  readonly maxConnections?: number;
}

/** Gathers the data of a report page. Memory has bounds however many connections there are. */
export class PayloadBuilder {
  private readonly largest: LargestConnections;
  private readonly rest = new RestTally();

  private readonly redactor: Redactor | null;

  constructor({ redact = false, maxConnections = MAX_CONNECTIONS }: PayloadOptions = {}) {
    this.redactor = redact ? new Redactor() : null;
    this.largest = new LargestConnections(maxConnections);
  }

  /** Takes a connection, which the caller may change afterwards. */
  add(c: ConnectionRecord): void {
    if (!this.largest.accepts(c.bytes)) this.rest.add(this.shown(c));
    else {
      const left = this.largest.add({
        ...this.shown(c),
        domains: c.domains.map((name) => this.redactor?.text(name) ?? name),
      });
      if (left !== null) this.rest.add(left);
    }
  }

  /** The data as base64 of gzip of JSON: the same bytes for the same report. */
  packed(end: ReportEnd): string {
    return packedData(this.payload(end));
  }

  private shown(c: ConnectionRecord): ConnectionRecord {
    return this.redactor?.connection(c) ?? c;
  }

  private payload({ summary, domainCount }: ReportEnd): Payload {
    const shown = shortened(summary);
    const addresses = new TextTable();
    const records = this.largest.sorted().sort((a, b) => a.first_seen - b.first_seen || a.id - b.id);
    return {
      version: PAYLOAD_VERSION,
      summary: this.redactor?.summary(shown) ?? shown,
      hostCount: summary.hosts.length,
      domainCount: domainCount ?? summary.domains_detected.length,
      isRedacted: this.redactor !== null,
      count: records.length,
      columns: packConnections(records, addresses),
      rest: this.rest.rows(addresses),
      addresses: addresses.texts,
    };
  }
}

function shortened(summary: ReportSummary): ReportSummary {
  return {
    ...summary,
    pairs: [],
    hosts: summary.hosts.slice(0, MAX_HOSTS),
    domains_detected: summary.domains_detected.slice(0, MAX_DOMAINS),
  };
}
