import {
  type Encapsulate,
  LINK_ETHERNET,
  LINK_LINUX_SLL,
  LINK_LINUX_SLL2,
  LINK_NULL,
  LINK_RAW,
  linuxSll,
  linuxSll2,
  mplsEthernet,
  nullLoopback,
  pppoeEthernet,
  vlanEthernet,
} from '../test/forge/link.js';
import type { ForgedPacket } from '../test/forge/packet.js';
import { TcpConversation } from '../test/forge/tcp-conversation.js';
import { applicationData, clientHelloRecord, serverFlight } from '../test/forge/tls.js';
import {
  authenticationHeader,
  geneve,
  gre,
  gtpU,
  ipInIp,
  ipv6WithExtensions,
  l2tp,
  pptp,
  type TunnelEnds,
  teredo,
  vxlan,
} from '../test/forge/tunnels.js';
import { CLIENT_V6, client, pcapSample, type Sample, SERVER_V6, server } from './generate-sample.js';

const ENDS: TunnelEnds = { from: '198.51.100.1', to: '198.51.100.2' };
const ENDS_V6: TunnelEnds = { from: '2001:db8:f::1', to: '2001:db8:f::2' };

/** The same TLS connection to www.youtube.com in every wrapping; the connection is always the innermost one. */
export function tunnelSamples(): Sample[] {
  const v4: [string, Encapsulate, number?][] = [
    ['vlan', vlanEthernet([42])],
    ['qinq', vlanEthernet([7, 42])],
    ['mpls', mplsEthernet([16, 17])],
    ['pppoe', pppoeEthernet(0x11)],
    ['gre', gre(ENDS)],
    ['gre-key', gre(ENDS, 0xabcd)],
    ['pptp', pptp(ENDS, 5)],
    ['l2tp', l2tp(ENDS, 3, 4)],
    ['vxlan', vxlan(ENDS, 77)],
    ['geneve', geneve(ENDS, 78)],
    ['gtp-u', gtpU(ENDS, 0x11223344)],
    ['gtp-u-sequence', gtpU(ENDS, 0x11223344, 9)],
    ['ip-in-ip', ipInIp(ENDS)],
    ['4in6', ipInIp(ENDS_V6)],
    ['ah', authenticationHeader],
    ['raw-ip', (ip) => ip, LINK_RAW],
    ['null-loopback', (ip) => nullLoopback(ip), LINK_NULL],
    ['linux-sll', linuxSll, LINK_LINUX_SLL],
    ['linux-sll2', linuxSll2, LINK_LINUX_SLL2],
  ];
  const v6: [string, Encapsulate][] = [
    ['6in4', ipInIp(ENDS)],
    ['teredo', teredo(ENDS)],
    ['ipv6-extension-headers', ipv6WithExtensions],
  ];
  return [
    ...v4.map(([name, wrap, linkType = LINK_ETHERNET]) =>
      pcapSample(`tunnel-${name}`, wrapped(wrap, false), { linkType }),
    ),
    ...v6.map(([name, wrap]) => pcapSample(`tunnel-${name}`, wrapped(wrap, true))),
  ];
}

function wrapped(encapsulate: Encapsulate, isV6: boolean): ForgedPacket[] {
  const ends = isV6
    ? { client: { address: CLIENT_V6, port: 50_001 }, server: { address: SERVER_V6, port: 443 } }
    : { client: client(50_001), server: server(10) };
  const conversation = new TcpConversation({ ...ends, encapsulate, mss: 1380 }).handshake();
  conversation
    .send('client', clientHelloRecord({ serverName: 'www.youtube.com' }))
    .send('server', serverFlight(2, 400));
  return conversation.send('client', applicationData(90)).close().packets;
}
