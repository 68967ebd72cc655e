const TITLES: Readonly<Record<string, string>> = {
  http2: 'HTTP/2',
  bittorrent: 'BitTorrent',
  wireguard: 'WireGuard',
  openvpn: 'OpenVPN',
  mysql: 'MySQL',
  postgresql: 'PostgreSQL',
};
const LONGEST_ACRONYM = 6;

/** A protocol's name in a sentence: "TLS", "HTTP/2", "BitTorrent". */
export function protocolTitle(protocol: string): string {
  return TITLES[protocol] ?? (protocol.length <= LONGEST_ACRONYM ? protocol.toUpperCase() : protocol);
}
