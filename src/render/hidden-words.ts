import type { HiddenConnections, HiddenRoute, UnreadPackets } from '../core/report/model.js';
import { countText, percentText, pluralText } from './quantities.js';
import { safeText } from './safe-text.js';

const CAUSES_SHOWN = 4;
const CAUSES: Readonly<Record<UnreadPackets['cause'], string>> = {
  none: 'read',
  control: 'control traffic',
  not_ip: 'link control',
  unsupported_link_type: 'unsupported link type',
  unknown_ether_type: 'unknown EtherType',
  unknown_ip_protocol: 'unknown IP protocol',
  macsec: 'encrypted by MACsec',
  encrypted_wlan: 'encrypted WLAN frames',
  encrypted_tunnel: 'encrypted tunnel',
  cut_header: 'header cut by the snapshot length',
  incomplete_fragments: 'fragments never completed',
  other: 'malformed or unknown',
};

const ROUTES: Readonly<Record<HiddenRoute, string>> = {
  'encrypted-dns': 'encrypted DNS',
  vpn: 'tunnels',
  ech: 'Encrypted ClientHello',
  'no-name': 'no readable name',
  'mid-stream': 'begun before the capture',
  unrecognised: 'unknown protocol',
};

/** "unsupported link type 272 (NORDIC_BLE)", "unknown EtherType 0x88e5". */
function causeText({ cause, value, name }: UnreadPackets): string {
  if (value === null) return CAUSES[cause];
  const number = cause === 'unknown_ether_type' ? `0x${value.toString(16).padStart(4, '0')}` : String(value);
  return `${CAUSES[cause]} ${number}${name === null ? '' : ` (${safeText(name)})`}`;
}

/** The causes with the most packets, with their packets and their share of the capture's. JSON has all. */
export function unreadWords(rows: readonly UnreadPackets[], totalPackets: number): string[] {
  const words = rows.slice(0, CAUSES_SHOWN).map((row) => {
    return `${causeText(row)}: ${pluralText(row.packets, 'packet')}, ${percentText(row.packets, totalPackets)}`;
  });
  const others = rows.slice(CAUSES_SHOWN);
  if (others.length === 0) return words;
  const packets = others.reduce((sum, row) => sum + row.packets, 0);
  return [...words, `… ${countText(others.length)} more causes: ${pluralText(packets, 'packet')}`];
}

/** Each reason with its connections and their share of the capture's bytes. */
export function hiddenRouteWords(rows: readonly HiddenConnections[], totalBytes: number): string[] {
  return rows.map(({ route, connections, bytes }) => {
    return `${ROUTES[route]} ${countText(connections)} (${percentText(bytes, totalBytes)})`;
  });
}

/** "3 of 7 packets could not be read: unsupported link type 272 (NORDIC_BLE)"; null if all were read. */
export function unreadSentence(rows: readonly UnreadPackets[], totalPackets: number): string | null {
  if (rows.length === 0) return null;
  const packets = rows.reduce((sum, row) => sum + row.packets, 0);
  const [first, ...others] = rows;
  const more = others.length > 0 ? `, and ${pluralText(others.length, 'other cause')}` : '';
  return `${countText(packets)} of ${pluralText(totalPackets, 'packet')} could not be read: ${causeText(first!)}${more}`;
}
