import type { Analysis } from './recognition.js';

/** A bound that was met: how often, and what that means, with the option that moves it. */
export interface LimitReached {
  /** Key in the report's `limits`. */
  readonly name: string;
  readonly count: number;
  /** A sentence without its full stop. */
  readonly sentence: string;
}

/** What was left out because a bound was met; empty when nothing was. `docs/limits.md` explains each. */
export function limitsReached({ totals, recognition }: Analysis): LimitReached[] {
  const { answers, names, labels, limits } = recognition;
  const { streams, servers, datagrams } = recognition.inspection;
  const rows: [name: string, count: number, consequence: string, option: string][] = [
    [
      'connections_ended_early',
      totals.evictedConnections,
      'connections were taken for ended to make room',
      '--max-connections',
    ],
    ['reassembly_refused', streams.overflows, 'pieces of TCP streams were not kept', '--max-reassembly, --max-streams'],
    ['server_hellos_refused', servers.refused, 'TLS server hellos were not put together', '--max-reassembly'],
    ['fragments_given_up', totals.evictedDatagrams, 'fragmented IP datagrams were given up', '--max-fragments'],
    ['handshakes_refused', datagrams.refused, 'QUIC, DTLS or RTP conversations were not followed', '--max-handshakes'],
    ['dns_answers_forgotten', answers.evicted, 'DNS answers were forgotten before their time', '--max-answers'],
    ['names_not_kept', names.refused, 'sightings of host names were not kept', '--max-names'],
    ['names_forgotten', names.forgotten, 'host names were forgotten to make room', '--max-names'],
    ['names_not_kept_of_a_connection', labels.moreNames.refused, 'further names of connections were left out', ''],
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
