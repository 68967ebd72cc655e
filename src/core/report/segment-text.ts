/** By the kinds of `networkNumber`. */
const NETWORK_KINDS = ['vxlan', 'geneve', 'gre', 'pbb'] as const;

/** VLAN identifiers as PacketView has them, outermost first: "100.10"; null for none. */
export function vlanText(vlans: number): string | null {
  if (vlans === 0) return null;
  const inner = String(vlans & 0xfff);
  return vlans < 0x1000 ? inner : `${vlans >>> 12}.${inner}`;
}

/** An overlay network as PacketView has it: "vxlan:5000"; null for none. */
export function networkText(network: number): string | null {
  if (network < 0) return null;
  return `${NETWORK_KINDS[Math.floor(network / 2 ** 32)]}:${network % 2 ** 32}`;
}
