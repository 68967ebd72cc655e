import { dnsInspector, dnsTcpInspector } from './dns/dns-inspector.js';
import { httpInspector } from './http/http-inspector.js';
import { http2Inspector } from './http2/http2-inspector.js';
import type { Inspector } from './inspector.js';
import { DATAGRAM_PROTOCOLS, STREAM_PROTOCOLS } from './protocols/index.js';
import { quicInspector } from './quic/quic.js';
import { dtlsInspector } from './tls/dtls.js';
import { tlsInspector } from './tls/tls.js';
import { mysqlTlsRequestInspector } from './wrapped/mysql-tls-request.js';
import { proxyProtocolInspector } from './wrapped/proxy-protocol.js';
import { socksInspector } from './wrapped/socks.js';

/**
 * TCP inspectors in the order in which they are asked, the strictest first. A new one takes a file and a line here.
 */
export const STREAM_INSPECTORS: readonly Inspector[] = [
  tlsInspector,
  proxyProtocolInspector,
  mysqlTlsRequestInspector,
  socksInspector,
  http2Inspector,
  httpInspector,
  dnsTcpInspector,
  ...STREAM_PROTOCOLS,
];

/** UDP inspectors, likewise. */
export const DATAGRAM_INSPECTORS: readonly Inspector[] = [
  quicInspector,
  dtlsInspector,
  dnsInspector,
  ...DATAGRAM_PROTOCOLS,
];
