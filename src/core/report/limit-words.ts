/** How warnings about limits begin. */
export const LIMIT_REACHED = 'limit reached: ';

/** What happened where a limit was reached, and the option that raises the limit. */
export interface LimitWords {
  /** Follows the number of times: "host names were evicted to make room". */
  readonly effect: string;
  /** Empty where there is none. */
  readonly option: string;
}

/** By key of the report's `limits`. docs/limits.md explains each. */
export const LIMIT_WORDS = {
  connections_ended_early: words('connections were evicted to make room', '--max-connections'),
  reassembly_refused: words('TCP segments were not kept for reassembly', '--max-reassembly, --max-streams'),
  copies_not_compared: words('TCP segments were not compared with other copies of their bytes'),
  server_hellos_refused: words('TLS server hellos were not reassembled', '--max-reassembly'),
  segments_not_told_apart: words('packets of further VLANs or overlay networks were taken as untagged'),
  fragments_given_up: words('fragmented IP datagrams were evicted', '--max-fragments'),
  handshakes_refused: words('QUIC, DTLS or RTP conversations were not tracked', '--max-handshakes'),
  hellos_not_read: words('datagrams with further hellos of a connection were not read'),
  hello_pieces_refused: words('pieces of QUIC or DTLS hellos were not kept'),
  dns_answers_forgotten: words('DNS answers were evicted before they expired', '--max-answers'),
  names_not_kept: words('host names were not kept', '--max-names'),
  names_forgotten: words('host names were evicted to make room', '--max-names'),
  names_not_kept_of_a_connection: words('additional names of connections were left out'),
  timeline_amounts_late: words('times a connection was counted in a later bucket of the timeline'),
  timeline_labels_left_out: words('connections had labels that the timeline has no room for'),
  timeline_interval_doubled: words('times the interval of the timeline was doubled', '--interval'),
  hosts_not_listed: words('times a host was merged into others', '--max-hosts'),
  pairs_not_listed: words('times a pair of hosts was merged into others', '--max-hosts'),
  host_labels_left_out: words('times a connection was left out of the labels of its hosts'),
  host_names_left_out: words('times a host was not given a name'),
  frames_not_placed: words('changes from one input to another were not remembered'),
  domains_not_listed: words('domains are not listed', '--max-domains'),
} as const satisfies Readonly<Record<string, LimitWords>>;

export type LimitName = keyof typeof LIMIT_WORDS;

function words(effect: string, option = ''): LimitWords {
  return { effect, option };
}
