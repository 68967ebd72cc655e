/**
 * Resolvers of encrypted DNS that belong to apps of another category than "dns" (Google's, Cloudflare's). With the apps
 * of that category they are all that is taken for encrypted DNS. Collected by hand for this project, 2026-11-30; not
 * compared with https://github.com/curl/curl/wiki/DNS-over-HTTPS.
 */

/** Names; each stands for the names below it too. */
export const RESOLVER_NAMES: readonly string[] = [
  '1dot1dot1dot1.com',
  'cloudflare-dns.com',
  'dns.adguard.com',
  'dns.google',
  'dns.google.com',
  'dns.nordvpn.com',
  'dns.umbrella.com',
  'dns0.eu',
  'doh.apple.com',
  'doh.opendns.com',
  'doh.xfinity.com',
  'mask-h2.icloud.com',
  'mask.icloud.com',
  'one.one.one.one',
];

/** IPv4 addresses. */
export const RESOLVER_ADDRESSES: readonly string[] = [
  '1.0.0.1',
  '1.0.0.2',
  '1.0.0.3',
  '1.1.1.1',
  '1.1.1.2',
  '1.1.1.3',
  '8.8.4.4',
  '8.8.8.8',
];
