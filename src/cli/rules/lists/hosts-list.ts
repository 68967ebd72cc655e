import { parseIpPrefix } from '../../../core/common/ip-prefix.js';
import { isDomainPattern, parseDomainPattern } from '../../../core/policy/domain-pattern.js';
import type { ListFormat, ListSink } from './list-format.js';

/** Addresses that lead nowhere: a name mapped to one of them is meant to be blocked. */
const NOWHERE = /^(?:0\.0\.0\.0|127\.\d+\.\d+\.\d+|::1?|0:0:0:0:0:0:0:[01]|fe80::1%lo0)$/;
/** Names that every hosts file defines for the machine itself. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'localhost',
  'localhost.localdomain',
  'localhost4',
  'localhost6',
  'local',
  'broadcasthost',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-localnet',
  'ip6-mcastprefix',
  'ip6-allnodes',
  'ip6-allrouters',
  'ip6-allhosts',
  '0.0.0.0',
]);

/** hosts(5): `0.0.0.0 ads.example`. It blocks exactly the name, so the rule is `=ads.example`. */
export const HOSTS_LIST: ListFormat = {
  name: 'hosts',
  likelihood: (line) => (/^[\da-f.:%lo]+\s+\S/i.test(line) && isAddress(line.split(/\s/, 1)[0]!) ? 2 : 0),
  parseLine(line, sink) {
    const hash = line.indexOf('#');
    const words = (hash === -1 ? line : line.slice(0, hash)).trim().split(/\s+/);
    const address = words[0]!;
    if (address === '') return;
    if (!isAddress(address)) return sink.reject('it does not begin with an address');
    if (words.length === 1) return sink.reject('the name behind the address is missing');
    for (let i = 1; i < words.length; i++) {
      const name = words[i]!.toLowerCase();
      if (OWN_NAMES.has(name)) continue;
      if (NOWHERE.test(address)) exactName(name, sink);
      else if (!/^(?:255\.255\.255\.255|fe00::0|ff0[02]::[0-3])$/.test(address)) {
        sink.reject(`it gives ${name} the address ${address}, which blocks nothing`);
      }
    }
  },
};

function isAddress(text: string): boolean {
  return NOWHERE.test(text) || (!text.includes('/') && parseIpPrefix(text) !== null);
}

function exactName(name: string, sink: ListSink): void {
  const value = `=${name}`;
  if (isDomainPattern(value)) {
    sink.rule('domain', 'block', value);
    return;
  }
  try {
    sink.rule('domain', 'block', parseDomainPattern(value));
  } catch {
    sink.reject(`'${name}' is not a domain name`);
  }
}
