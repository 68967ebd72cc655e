import type { EscapeRoute, EscapeRow, HiddenRoute, HiddenRow } from '../core/report/policy-model.js';
import { safeText } from './safe-text.js';

const ESCAPES: Readonly<Record<EscapeRoute, string>> = {
  'allow-rule': 'an allow rule let it through',
  'other-name': 'another name of the app, in no domain rule',
  'mid-stream': 'it began before the capture, so its name was never seen',
  ech: 'its name is in an Encrypted ClientHello',
  quic: 'QUIC, or what else uses udp/443: its name came late or never',
  'encrypted-dns': 'only its address tells: its client looks names up over encrypted DNS',
  'address-only': 'it shows no name: only its address tells',
  guess: 'a guess: it shows no name, and others share its address',
  'late-name': 'its name or protocol came after the first answer',
};

const HIDDEN: Readonly<Record<HiddenRoute, string>> = {
  'encrypted-dns': 'encrypted DNS: look-ups that nobody on the path can read',
  vpn: 'a tunnel that carries connections unread',
  ech: 'Encrypted ClientHello: the name is hidden, and no DNS answer told it',
  'no-name': 'TLS or QUIC without a readable name, at an address of no known app',
  'mid-stream': 'began before the capture, at an address of no known app',
  unrecognised: 'no protocol that is known',
};

/** How it came through, in words. */
export function escapeWords({ route, allowed_by: rule }: EscapeRow): string {
  return rule === null ? ESCAPES[route] : `the allow rule ${safeText(rule)} let it through`;
}

/** Why its site can't be told, in words. */
export function hiddenWords({ route }: HiddenRow): string {
  return HIDDEN[route];
}
