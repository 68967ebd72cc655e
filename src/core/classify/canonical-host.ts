import { asciiName } from '../common/ascii-name.js';

const MAX_NAME_LEN = 253;
/** Underscores occur in real names (service labels), so they pass. */
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * A host name as a person types or pastes it, in the form in which it is matched: lower case, IDN as punycode, no
 * trailing dot. A URL's scheme, user, port and path are dropped. '' when no host name remains; IP addresses pass
 * unchanged.
 */
export function canonicalHost(typed: string): string {
  let host = typed.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  host = host.replace(/[/?#].*$/s, '').replace(/^.*@/s, '');
  const bracketed = /^\[([^\]]*)\](:\d*)?$/.exec(host);
  if (bracketed) return bracketed[1]!.toLowerCase();
  // More than one colon is an IPv6 address without brackets.
  if (host.indexOf(':') !== host.lastIndexOf(':')) return /^[0-9a-f:.]+$/i.test(host) ? host.toLowerCase() : '';
  return canonicalName(host.replace(/:\d*$/, ''));
}

/** A bare domain name in the same form; '' for anything else. */
export function canonicalName(name: string): string {
  const dotless = name.endsWith('.') ? name.slice(0, -1) : name;
  // asciiName reads "1.2" as an IPv4 address, so it sees only what needs it.
  const ascii = /[^\0-\x7f]/.test(dotless) ? asciiName(dotless) : dotless.toLowerCase();
  if (ascii.length > MAX_NAME_LEN) return '';
  return ascii.split('.').every((label) => LABEL.test(label)) ? ascii : '';
}
