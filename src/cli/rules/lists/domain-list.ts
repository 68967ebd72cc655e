import { formatIpPrefix, parseIpPrefix } from '../../../core/common/ip-prefix.js';
import { isDomainPattern, parseDomainPattern } from '../../../core/policy/domain-pattern.js';
import type { ListFormat } from './list-format.js';

/**
 * A domain, address or prefix a line, as `rules add` takes them; `.example.com` (squid, dnsmasq) is `example.com` with
 * its subdomains. "#" begins a comment, as does "!" or ";" at the start of a line.
 */
export const DOMAIN_LIST: ListFormat = {
  name: 'domains',
  likelihood: (line) => ((/^[^\s|@/$]+$/.test(line) && /[.:]/.test(line)) || parseIpPrefix(line) !== null ? 1 : 0),
  parseLine(line, sink) {
    const first = line.charCodeAt(0);
    if (first === 35 || first === 33 || first === 59) return;
    const hash = line.indexOf('#');
    const text = (hash === -1 ? line : line.slice(0, hash)).trim();
    if (isDomainPattern(text)) return sink.rule('domain', 'block', text);
    const prefix = parseIpPrefix(text);
    if (prefix !== null) return sink.rule('ip', 'block', formatIpPrefix(prefix));
    try {
      sink.rule('domain', 'block', parseDomainPattern(text.startsWith('.') ? text.slice(1) : text));
    } catch {
      sink.reject('it is no domain, address or prefix');
    }
  },
};
