import type { HostRow } from '../core/report/model.js';
import type { Column } from './grid.js';
import { connectionsText } from './label-table.js';
import { bytesText } from './quantities.js';
import type { FormatOptions, ReportEnd } from './report-format.js';
import { safeText } from './safe-text.js';
import { sectionLines } from './section.js';

/** The hosts with the most bytes. */
export function hostSection({ summary, hostCount }: ReportEnd, rows: number, options: FormatOptions): string[] {
  const { paint } = options;
  const { hosts } = summary;
  const columns: Column<HostRow>[] = [
    { title: 'Host', align: 'left', lines: ({ address }) => [safeText(address)], minWidth: 12, shorten: 'middle' },
    { title: 'Bytes', align: 'right', lines: (host) => [bytesText(hostBytes(host))], minWidth: Infinity },
    {
      title: 'Conns',
      align: 'left',
      lines: (host) => [connectionsText(host.connections_as_client + host.connections_as_server, host.lookups)],
      minWidth: Infinity,
      expendable: 2,
    },
    {
      title: 'Busiest',
      align: 'left',
      lines: ({ labels }) => [labels.length === 0 ? '' : safeText(labels[0]!.label)],
      minWidth: 8,
      expendable: 3,
    },
    {
      title: 'Name',
      align: 'left',
      lines: ({ names }) => [names.length === 0 ? '' : safeText(names[0]!.name)],
      minWidth: 10,
      shorten: 'middle',
      paint: paint.faint,
      expendable: 4,
    },
  ];
  return [...sectionLines(columns, hosts.slice(0, rows), Math.max(hosts.length, hostCount ?? 0), options)];
}

function hostBytes({ bytes_out: out, bytes_in: into }: HostRow): number {
  return out + into;
}
