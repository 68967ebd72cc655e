/** An event of one packet from 192.0.2.10 to 203.0.113.10, TCP port 443 unless `tuple` says otherwise. */
export function packetEvent(tuple: Record<string, unknown> = {}, domain: string | null = null, size = 571) {
  return {
    tuple: { src_ip: '192.0.2.10', dst_ip: '203.0.113.10', src_port: 50_000, dst_port: 443, protocol: 'tcp', ...tuple },
    size,
    domain,
  };
}
