import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionRecord } from '../src/core/report/model.js';
import { analyzeCaptures } from '../src/usecases/analyze/analyze.js';

/**
 * Compares round trips, retransmissions, late segments, zero windows, resets and DNS with tshark's on the reference
 * corpus beside the repository:
 *
 *     npx tsx scripts/quality-against-tshark.ts [PART OF NAME...]     a line for each difference, then the sums
 *
 * The table in docs/fidelity.md explains the differences.
 */
const CAPTURES = new URL('../../shared/corpus/captures/', import.meta.url).pathname;
const FIELDS = [
  'frame.time_epoch',
  'frame.protocols',
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'tcp.srcport',
  'tcp.dstport',
  'tcp.stream',
  'tcp.flags',
  'tcp.analysis.initial_rtt',
  'tcp.analysis.retransmission',
  'tcp.analysis.out_of_order',
  'tcp.analysis.zero_window',
  'dns.flags.response',
  'dns.flags.rcode',
  'dns.time',
] as const;
type Row = Record<(typeof FIELDS)[number], string>;

const COMPARED = ['rtt', 'retransmitted', 'late', 'zeroWindows', 'reset'] as const;

/** One connection as tshark or dpi counts it. */
interface Counts {
  key: string;
  packets: number;
  firstMicros: number;
  /** µs, null for none; tshark shows none of 0. */
  rtt: number | null;
  retransmitted: number;
  late: number;
  zeroWindows: number;
  /** Endpoint that sent the first RST. */
  reset: string | null;
}

/** DNS responses of one capture by code, and the number of those with a time. */
interface DnsCounts {
  rcodes: number;
  timed: number;
}

function rowsOf(capture: string): Row[] {
  const args = ['-n', '-r', capture, '-Y', 'tcp || dns', '-T', 'fields', '-E', 'occurrence=l'];
  const { stdout } = spawnSync('tshark', [...args, ...FIELDS.flatMap((field) => ['-e', field])], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const cells = line.split('\t');
    return Object.fromEntries(FIELDS.map((field, i) => [field, cells[i] ?? ''])) as Row;
  });
}

function tsharkCounts(rows: readonly Row[]): Counts[] {
  const streams = new Map<string, Counts>();
  for (const row of rows) {
    const protocols = row['frame.protocols'].split(':');
    // What an ICMP error quotes is no segment of its own.
    if (row['tcp.stream'] === '' || protocols.some((name) => name.startsWith('icmp'))) continue;
    const isV6 = protocols.lastIndexOf('ipv6') > protocols.lastIndexOf('ip');
    const from = `${isV6 ? row['ipv6.src'] : row['ip.src']}|${row['tcp.srcport']}`;
    const to = `${isV6 ? row['ipv6.dst'] : row['ip.dst']}|${row['tcp.dstport']}`;
    const micros = Math.round(Number(row['frame.time_epoch']) * 1e6);
    const counts = streams.get(row['tcp.stream']) ?? {
      key: [from, to].sort().join(' '),
      packets: 0,
      firstMicros: micros,
      rtt: null,
      retransmitted: 0,
      late: 0,
      zeroWindows: 0,
      reset: null,
    };
    streams.set(row['tcp.stream'], counts);
    counts.packets++;
    if (row['tcp.analysis.initial_rtt'] !== '') {
      counts.rtt = Math.round(Number(row['tcp.analysis.initial_rtt']) * 1e6);
    }
    if (row['tcp.analysis.retransmission'] !== '') counts.retransmitted++;
    if (row['tcp.analysis.out_of_order'] !== '') counts.late++;
    if (row['tcp.analysis.zero_window'] !== '') counts.zeroWindows++;
    if ((Number(row['tcp.flags']) & 4) !== 0) counts.reset ??= from;
  }
  return [...streams.values()];
}

function countsOf(record: ConnectionRecord): Counts {
  const from = `${record.src_ip}|${record.src_port}`;
  const to = `${record.dst_ip}|${record.dst_port}`;
  return {
    key: [from, to].sort().join(' '),
    packets: record.packets,
    firstMicros: Math.round(record.first_seen * 1e6),
    rtt: record.rtt_ms === null || record.rtt_ms === 0 ? null : Math.round(record.rtt_ms * 1000),
    retransmitted: record.retransmitted_packets!,
    late: record.out_of_order_packets!,
    zeroWindows: record.zero_windows!,
    reset: record.reset_by === null ? null : record.reset_by === 'client' ? from : to,
  };
}

function isSame(field: (typeof COMPARED)[number], a: Counts, b: Counts): boolean {
  if (field !== 'rtt' || a.rtt === null || b.rtt === null) return a[field] === b[field];
  return Math.abs(a.rtt - b.rtt) <= 1;
}

function dnsCounts(rows: readonly Row[]): DnsCounts {
  const responses = rows.filter(
    (row) => row['dns.flags.response'] === '1' && /:(?:udp|tcp):dns$/.test(row['frame.protocols']),
  );
  const counted = responses.filter((row) => !row['frame.protocols'].includes('icmp'));
  return { rcodes: counted.length, timed: counted.filter((row) => row['dns.time'] !== '').length };
}

async function main(parts: readonly string[]): Promise<void> {
  if (!existsSync(CAPTURES) || spawnSync('tshark', ['--version']).status !== 0) {
    process.stdout.write(`skipped: it takes tshark and the reference corpus at ${CAPTURES}\n`);
    return;
  }
  const differing = new Map<string, number>();
  const totals = { captures: 0, connections: 0, otherwiseCut: 0, same: 0, responses: 0, dnsDiffers: 0 };
  for (const name of readdirSync(CAPTURES).sort()) {
    if (parts.length > 0 && !parts.some((part) => name.includes(part))) continue;
    const rows = rowsOf(join(CAPTURES, name));
    if (rows.length === 0) continue;
    totals.captures++;
    const ours: Counts[] = [];
    const { summary } = await analyzeCaptures([join(CAPTURES, name)], {
      onConnection(record) {
        if (record.protocol === 'TCP') ours.push(countsOf(record));
      },
    });
    for (const theirs of tsharkCounts(rows)) {
      totals.connections++;
      const { key, packets, firstMicros } = theirs;
      const mine = ours.find((one) => {
        return one.key === key && one.packets === packets && Math.abs(one.firstMicros - firstMicros) <= 1;
      });
      if (mine === undefined) {
        totals.otherwiseCut++;
        continue;
      }
      const fields = COMPARED.filter((field) => !isSame(field, theirs, mine));
      if (fields.length === 0) totals.same++;
      for (const field of fields) {
        differing.set(field, (differing.get(field) ?? 0) + 1);
        process.stdout.write(`${name} ${key} ${field}: tshark ${theirs[field]}, dpi ${mine[field]}\n`);
      }
    }
    const dns = dnsCounts(rows);
    const rcodes = Object.values(summary.dns!.rcodes).reduce((sum, count) => sum + count, 0);
    totals.responses += dns.rcodes;
    if (dns.rcodes !== rcodes || dns.timed !== summary.dns!.answered) {
      totals.dnsDiffers++;
      process.stdout.write(
        `${name} dns: tshark ${dns.rcodes} responses, ${dns.timed} timed, dpi ${rcodes}, ${summary.dns!.answered}\n`,
      );
    }
  }
  process.stdout.write(`${JSON.stringify({ ...totals, differing: Object.fromEntries(differing) }, null, 2)}\n`);
}

await main(process.argv.slice(2));
