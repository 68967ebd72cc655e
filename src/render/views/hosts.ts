import type { HostRow } from '../../core/report/model.js';
import { bytesColumn, countColumn, firstTexts, millisecondsColumn, textColumn } from './columns.js';
import { momentWriter } from './moments.js';
import { keyCells, type View } from './view.js';

/** Labels shown of each host. */
const LABELS_SHOWN = 3;

export const hostsView: View<HostRow> = {
  name: 'hosts',
  rows: ({ hosts }) => hosts,
  columns: (summary) => {
    const moment = momentWriter(summary);
    return [
      textColumn('Hosts', ({ address }) => address, 15, { shorten: 'middle' }),
      textColumn('name', ({ names }) => names[0]?.name ?? null, 10, { shorten: 'middle', expendable: 1 }),
      textColumn('role', ({ roles }) => roles.join(', '), 8, { expendable: 3 }),
      bytesColumn('sent', ({ bytes_out }) => bytes_out),
      bytesColumn('received', ({ bytes_in }) => bytes_in),
      countColumn('as client', ({ connections_as_client }) => connections_as_client, { expendable: 2 }),
      countColumn('as server', ({ connections_as_server }) => connections_as_server, { expendable: 2 }),
      countColumn('lookups', ({ lookups }) => lookups, { expendable: 5 }),
      millisecondsColumn('rtt', ({ rtt_ms }) => rtt_ms, { expendable: 6 }),
      countColumn('sent again', ({ retransmitted_packets }) => retransmitted_packets, { expendable: 6 }),
      textColumn('first', ({ first_seen }) => moment(first_seen), Number.POSITIVE_INFINITY, { expendable: 4 }),
      textColumn('last', ({ last_seen }) => moment(last_seen), Number.POSITIVE_INFINITY, { expendable: 4 }),
      textColumn('labels', (row) => firstTexts(labelsOf(row), LABELS_SHOWN), 12),
    ];
  },
  cells: {
    ...keyCells<HostRow>('address', 'mac'),
    names: ({ names }) => names.map(({ name }) => name),
    ...keyCells<HostRow>(
      'roles',
      'packets_out',
      'packets_in',
      'bytes_out',
      'bytes_in',
      'connections_as_client',
      'connections_as_server',
      'lookups',
      'rtt_ms',
      'retransmitted_packets',
    ),
    labels: labelsOf,
    ...keyCells<HostRow>('first_seen', 'last_seen'),
  },
};

function labelsOf({ labels }: HostRow): string[] {
  return labels.map(({ label }) => label);
}
