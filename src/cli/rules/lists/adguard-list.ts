import { formatIpPrefix, parseIpPrefix } from '../../../core/common/ip-prefix.js';
import { isDomainPattern, parseDomainPattern } from '../../../core/policy/domain-pattern.js';
import { HOSTS_LIST } from './hosts-list.js';
import type { ListFormat, ListSink } from './list-format.js';

const COSMETIC = /#@?[?$%]{0,2}#|\$\$|\$@\$/;

/** A name of two labels or more, and perhaps a comment. */
const PLAIN_NAME = /^[^\s|@/$^*#,=:~]+\.[^\s|@/$^*#,=:~.]+\.?(?:\s+#.*)?$/;

/**
 * AdBlock and AdGuard filters as far as they speak of whole hosts
 * (https://adguard-dns.io/kb/general/dns-filtering-syntax/): `||example.com^`, `||*.example.com^`, `|example.com^`,
 * each as an exception behind `@@`, lines of a hosts file, and plain names, which its DNS syntax blocks exactly.
 */
export const ADGUARD_LIST: ListFormat = {
  name: 'adguard',
  likelihood: (line) => (/^(?:@@)?\|{1,2}\S|^\[Adblock|^\[AdGuard/i.test(line) || COSMETIC.test(line) ? 2 : 0),
  parseLine(line, sink) {
    if (line.charCodeAt(0) === 33 || (line.startsWith('[') && line.endsWith(']'))) return;
    if (COSMETIC.test(line)) return sink.reject('it hides a part of pages, not a host');
    if (line.startsWith('#')) return;
    const action = line.startsWith('@@') ? 'allow' : 'block';
    if (action === 'block' && PLAIN_NAME.test(line)) return plainName(line, sink);
    let filter = action === 'allow' ? line.slice(2) : line;
    if (action === 'block' && HOSTS_LIST.likelihood(line) > 0) return HOSTS_LIST.parseLine(line, sink);
    if (filter.startsWith('/') && filter.length > 1) return sink.reject('it is a regular expression or a path');
    const dollar = filter.indexOf('$');
    if (dollar !== -1) return sink.reject(`its modifier '${filter.slice(dollar)}' has no counterpart`);
    const anchor = filter.startsWith('||') ? 2 : filter.startsWith('|') ? 1 : 0;
    if (anchor === 0) return sink.reject("without '||' in front it matches anywhere in an address");
    filter = filter.slice(anchor);
    const end = /\^\|?$|\|$/.exec(filter);
    if (end === null) return sink.reject("without '^' at the end it also matches longer names");
    const host = filter.slice(0, end.index).toLowerCase();
    if (/[/^|]/.test(host)) return sink.reject('it matches a path, not a whole host');
    const prefix = parseIpPrefix(host);
    if (prefix !== null) return sink.rule('ip', action, formatIpPrefix(prefix));
    if (anchor === 1 && host.startsWith('*.')) return sink.reject('it has a wildcard');
    const value = anchor === 1 ? `=${host}` : host;
    if (isDomainPattern(value)) return sink.rule('domain', action, value);
    try {
      sink.rule('domain', action, parseDomainPattern(value));
    } catch {
      sink.reject(host.includes('*') ? 'it has a wildcard within the name' : `'${host}' is not a domain name`);
    }
  },
};

function plainName(line: string, sink: ListSink): void {
  const name = line.replace(/\s+#.*$/, '').toLowerCase();
  const prefix = parseIpPrefix(name);
  try {
    if (prefix !== null) sink.rule('ip', 'block', formatIpPrefix(prefix));
    else sink.rule('domain', 'block', parseDomainPattern(`=${name}`));
  } catch {
    sink.reject(`'${name}' is not a domain name`);
  }
}
