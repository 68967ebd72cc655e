import type { HostName, HostRow } from '../../core/report/model.js';
import type { SelectedRows } from './crossfilter.js';
import type { ReportData } from './report-data.js';
import { restOf } from './rest.js';

/**
 * Traffic by host, most bytes first, of the rows that fit all but the selected hosts. Without a selection these are the
 * report's own sums. Bytes that are known as sums only have no direction: they count as half in, half out.
 */
export function hostRows(selected: SelectedRows): HostRow[] {
  if (!selected.isNarrowed('host')) return selected.data.summary.hosts;
  return selected.remembered('hosts', () => new HostSums(selected).rows());
}

const NO_NAMES: readonly HostName[] = [];
const NO_ROLES: string[] = [];

/** Sums by host. A page may have 100,000 hosts: one object for each, and no map, keeps a selection quick. */
class HostSums {
  /** By the place of the host in `addresses`. */
  private readonly byPlace: (HostRow | undefined)[];
  private readonly known: ReadonlyMap<string, HostRow>;

  constructor(private readonly selected: SelectedRows) {
    const { addresses, summary } = selected.data;
    this.byPlace = new Array(addresses.length).fill(undefined);
    this.known = new Map(summary.hosts.map((row) => [row.address, row]));
  }

  rows(): HostRow[] {
    this.addConnections(this.selected.data);
    this.addRest();
    const rows = this.byPlace.filter((row) => row !== undefined);
    for (const { labels } of rows) if (labels.length > 1) labels.sort((a, b) => b.bytes - a.bytes);
    return rows.sort((a, b) => b.bytes_out + b.bytes_in - a.bytes_out - a.bytes_in);
  }

  private addConnections(data: ReportData): void {
    const [from, to] = [data.texts('src_ip').at, data.texts('dst_ip').at];
    const [packetsOut, packetsIn] = [data.numbers('packets_out'), data.numbers('packets_in')];
    const [bytesOut, bytesIn] = [data.numbers('bytes_out'), data.numbers('bytes_in')];
    const [first, last, lookups] = [data.numbers('first_seen'), data.numbers('last_seen'), data.numbers('is_lookup')];
    const { texts, at } = data.texts('label');
    for (const row of this.selected.rows('host')) {
      const isLookup = lookups[row] === 1;
      const label = texts[at[row]!]!;
      const client = this.rowOf(from[row]!);
      const server = this.rowOf(to[row]!);
      client.packets_out += packetsOut[row]!;
      client.packets_in += packetsIn[row]!;
      client.bytes_out += bytesOut[row]!;
      client.bytes_in += bytesIn[row]!;
      server.packets_out += packetsIn[row]!;
      server.packets_in += packetsOut[row]!;
      server.bytes_out += bytesIn[row]!;
      server.bytes_in += bytesOut[row]!;
      countAs(client, 'connections_as_client', isLookup, 1);
      if (server !== client || !isLookup) countAs(server, 'connections_as_server', isLookup, 1);
      widen(client, first[row]!, last[row]!);
      widen(server, first[row]!, last[row]!);
      addLabel(client, label, bytesOut[row]! + bytesIn[row]!);
      addLabel(server, label, bytesOut[row]! + bytesIn[row]!);
    }
  }

  private addRest(): void {
    for (const rest of restOf(this.selected, 'host').rows) {
      for (const [place, key] of [
        [rest.client, 'connections_as_client'],
        [rest.server, 'connections_as_server'],
      ] as const) {
        if (place < 0) continue;
        const host = this.rowOf(place);
        host.bytes_out += rest.bytes / 2;
        host.bytes_in += rest.bytes / 2;
        host.packets_out += rest.packets / 2;
        host.packets_in += rest.packets / 2;
        countAs(host, key, rest.isLookup, rest.connections);
        addLabel(host, rest.label, rest.bytes);
      }
    }
  }

  private rowOf(place: number): HostRow {
    const known = this.byPlace[place];
    if (known !== undefined) return known;
    const address = this.selected.data.addresses[place]!;
    const { mac = null, names = NO_NAMES, roles = NO_ROLES } = this.known.get(address) ?? {};
    const row: HostRow = {
      address,
      mac,
      names,
      roles,
      packets_out: 0,
      packets_in: 0,
      bytes_out: 0,
      bytes_in: 0,
      connections_as_client: 0,
      connections_as_server: 0,
      lookups: 0,
      rtt_ms: null,
      retransmitted_packets: null,
      labels: [],
      first_seen: null,
      last_seen: null,
    };
    this.byPlace[place] = row;
    return row;
  }
}

function addLabel({ labels }: HostRow, label: string, bytes: number): void {
  const known = labels.find((sum) => sum.label === label);
  if (known === undefined) labels.push({ label, bytes });
  else known.bytes += bytes;
}

function countAs(
  host: HostRow,
  key: 'connections_as_client' | 'connections_as_server',
  isLookup: boolean,
  count: number,
): void {
  if (isLookup) host.lookups += count;
  else host[key] += count;
}

function widen(host: HostRow, first: number, last: number): void {
  host.first_seen = Math.min(host.first_seen ?? first, first);
  host.last_seen = Math.max(host.last_seen ?? last, last);
}
