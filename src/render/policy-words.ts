import type { HiddenRoute } from '../core/report/model.js';
import type { EscapeRoute, EscapeRow, HiddenRow } from '../core/report/policy-model.js';
import { safeText } from './safe-text.js';

const ESCAPES: Readonly<Record<EscapeRoute, string>> = {
  'allow-rule': 'an allow rule let it through',
  'other-name': 'another name of the app that no domain rule covers',
  cname: 'its name leads to a blocked one (CNAME)',
  'mid-stream': 'the capture started later, so its name was not seen',
  ech: 'its name is in an Encrypted ClientHello',
  quic: 'QUIC or other traffic on udp/443: its name came late or never',
  'encrypted-dns': 'known only by its address: the client uses encrypted DNS',
  'address-only': 'known only by its address: it shows no name',
  guess: 'a guess: it shows no name, and its address is shared',
  'late-name': 'its name or protocol came after the first server byte',
};

const HIDDEN: Readonly<Record<HiddenRoute, string>> = {
  'encrypted-dns': 'encrypted DNS: lookups that cannot be read on the path',
  vpn: 'a tunnel: the connections inside cannot be read',
  ech: 'Encrypted ClientHello: the site may be another than the name shown, and no DNS answer tells',
  'no-name': 'TLS, QUIC, HTTP, DNS or a proxy without a readable name, to an unknown address',
  'mid-stream': 'the capture started later; to an unknown address',
  unrecognised: 'unknown protocol',
};

/** How a connection escaped, in words. */
export function escapeWords({ route, allowed_by: rule }: EscapeRow): string {
  return rule === null ? ESCAPES[route] : `the allow rule ${safeText(rule)} let it through`;
}

/** Why the site of a connection is unknown, in words. */
export function hiddenWords({ route }: HiddenRow): string {
  return HIDDEN[route];
}
