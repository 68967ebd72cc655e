import type { Analysis } from './recognition.js';

/** A limit that was reached: how often, the effect, and the option that raises it. */
export interface LimitReached {
  /** Key in the report's `limits`. */
  readonly name: string;
  readonly count: number;
  /** A sentence without its full stop. */
  readonly sentence: string;
}

/** The limits that were reached; empty when there were none. `docs/limits.md` explains each. */
export function limitsReached({ totals, recognition }: Analysis): LimitReached[] {
  const { answers, names, labels, limits, facts } = recognition;
  const timeline = facts?.timeline ?? null;
  const { streams, servers, datagrams, candidates, synData, techniques, context } = recognition.inspection;
  const rows: [name: string, count: number, consequence: string, option: string][] = [
    [
      'connections_ended_early',
      totals.evictedConnections,
      'connections were evicted to make room',
      '--max-connections',
    ],
    [
      'reassembly_refused',
      streams.overflows,
      'TCP segments were not kept for reassembly',
      '--max-reassembly, --max-streams',
    ],
    [
      'copies_not_compared',
      candidates.refused + synData.refused + techniques.refused,
      'TCP segments were not compared with other copies of their bytes',
      '',
    ],
    ['server_hellos_refused', servers.refused, 'TLS server hellos were not reassembled', '--max-reassembly'],
    [
      'segments_not_told_apart',
      totals.unnumberedSegments,
      'packets of further VLANs or overlay networks were taken as untagged',
      '',
    ],
    ['fragments_given_up', totals.evictedDatagrams, 'fragmented IP datagrams were evicted', '--max-fragments'],
    ['handshakes_refused', datagrams.refused, 'QUIC, DTLS or RTP conversations were not tracked', '--max-handshakes'],
    ['hellos_not_read', datagrams.unread, 'datagrams with further hellos of a connection were not read', ''],
    ['hello_pieces_refused', context.refusedPieces, 'pieces of QUIC or DTLS hellos were not kept', ''],
    ['dns_answers_forgotten', answers.evicted, 'DNS answers were evicted before they expired', '--max-answers'],
    ['names_not_kept', names.refused, 'host names were not kept', '--max-names'],
    ['names_forgotten', names.forgotten, 'host names were evicted to make room', '--max-names'],
    ['names_not_kept_of_a_connection', labels.moreNames.refused, 'additional names of connections were left out', ''],
    [
      'timeline_amounts_late',
      timeline?.refused ?? 0,
      'times a connection was counted in a later bucket of the timeline',
      '',
    ],
    [
      'timeline_labels_left_out',
      timeline?.unlisted ?? 0,
      'connections had labels that the timeline has no room for',
      '',
    ],
    [
      'timeline_interval_doubled',
      timeline?.widened ?? 0,
      'times the interval of the timeline was doubled',
      '--interval',
    ],
    ['hosts_not_listed', facts?.hosts?.table.evicted ?? 0, 'times a host was merged into others', '--max-hosts'],
    ['pairs_not_listed', facts?.pairs?.evicted ?? 0, 'times a pair of hosts was merged into others', '--max-hosts'],
    [
      'host_labels_left_out',
      facts?.hosts?.labelAmounts?.refused ?? 0,
      'times a connection was left out of the labels of its hosts',
      '',
    ],
    ['host_names_left_out', facts?.hosts?.names?.refused ?? 0, 'times a host was not given a name', ''],
    [
      'frames_not_placed',
      recognition.frames?.refused ?? 0,
      'changes from one input to another were not remembered',
      '',
    ],
    ['domains_not_listed', Math.max(0, names.used - limits.maxDomainRows), 'domains are not listed', '--max-domains'],
  ];
  return rows
    .filter(([, count]) => count > 0)
    .map(([name, count, consequence, option]) => ({
      name,
      count,
      sentence: `${count} ${consequence}${option === '' ? '' : ` (${option})`}`,
    }));
}
