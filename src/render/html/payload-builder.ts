import { LargestConnections } from '../../core/report/largest.js';
import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';
import type { NameBytes } from '../../core/report/name-bytes.js';
import type { ReportEnd, ReportPart } from '../report-format.js';
import { packedData } from './data-element.js';
import { packConnections, packNameBytes, TextTable } from './pack.js';
import { PAYLOAD_VERSION, type Payload } from './payload.js';
import { Redactor } from './redactor.js';
import { RestTally } from './rest-tally.js';
import { TextCutter } from './text-cutter.js';

/** Connections that a page lists one by one: those with the most bytes. */
const MAX_CONNECTIONS = 50_000;
const MAX_HOSTS = 5000;
const MAX_DOMAINS = 2000;
/** Inputs of a part: one more than the page names. */
const MAX_PART_INPUTS = 4;

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
  private readonly cutter = new TextCutter();

  /** By id, of those that are listed. */
  private readonly nameBytes = new Map<number, NameBytes>();
  private readonly redactor: Redactor | null;

  constructor({ redact = false, maxConnections = MAX_CONNECTIONS }: PayloadOptions = {}) {
    this.redactor = redact ? new Redactor() : null;
    this.largest = new LargestConnections(maxConnections);
  }

  /** Takes a connection, which the caller may change afterwards. `redact` leaves bytes out: it cannot read them. */
  add(c: ConnectionRecord, nameBytes: NameBytes | null = null): void {
    const left = this.largest.accepts(c.bytes) ? this.largest.add(this.cutter.connection(c)) : c;
    if (nameBytes !== null && this.redactor === null && left?.id !== c.id) this.nameBytes.set(c.id, nameBytes);
    if (left === null) return;
    this.nameBytes.delete(left.id);
    this.rest.add(left);
  }

  /** The data as base64 of gzip of JSON: the same bytes for the same report. */
  packed(end: ReportEnd): string {
    return packedData(this.payload(end));
  }

  /** Only what is shown is redacted: the redactor remembers every address that it is given. */
  private payload({ summary, domainCount, hostCount, parts }: ReportEnd): Payload {
    const { redactor, cutter } = this;
    const shown = cutter.value(shortened(summary));
    const addresses = new TextTable();
    const records = this.largest.sorted().sort((a, b) => a.first_seen - b.first_seen || a.id - b.id);
    return {
      version: PAYLOAD_VERSION,
      summary: redactor?.summary(shown) ?? shown,
      hostCount: hostCount ?? summary.hosts.length,
      domainCount: domainCount ?? summary.domains_detected.length,
      isRedacted: redactor !== null,
      count: records.length,
      columns: packConnections(
        redactor === null ? records : records.map((c) => redactor.connection(c)),
        addresses,
        cutter,
      ),
      nameBytes: packNameBytes(records, this.nameBytes),
      rest: this.rest.rows(addresses, (text) => redactor?.text(text) ?? text),
      addresses: addresses.texts,
      cutTexts: cutter.cut,
      parts: parts === undefined ? null : this.listedParts(parts, records),
    };
  }

  private listedParts(parts: readonly ReportPart[], records: readonly ConnectionRecord[]): ReportPart[] {
    const ids = records.map(({ id }) => id).sort((a, b) => a - b);
    let at = 0;
    return parts.flatMap(({ idOffset, inputs }, i) => {
      const end = parts[i + 1]?.idOffset ?? Number.POSITIVE_INFINITY;
      const before = at;
      while (at < ids.length && ids[at]! <= end) at++;
      const shown = inputs.slice(0, MAX_PART_INPUTS);
      const names = this.redactor === null ? shown : shown.map((path) => this.redactor!.fileName(path));
      return at === before ? [] : [{ idOffset, inputs: names }];
    });
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
