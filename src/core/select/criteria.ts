import { CATEGORIES } from '../classify/app-definition.js';
import type { AppTable } from '../classify/app-table.js';
import { canonicalHost } from '../classify/canonical-host.js';
import { PROTOCOL_ALIASES, PROTOCOLS } from '../classify/protocol-list.js';
import { asciiName } from '../common/ascii-name.js';
import { parseIpPrefix } from '../common/ip-prefix.js';
import {
  COVERS_EXACT,
  COVERS_SUBDOMAINS,
  coverOf,
  domainNameOf,
  parseDomainPattern,
} from '../policy/domain-pattern.js';
import { parsePortRange } from '../policy/port-rules.js';
import { protocolWord } from '../report/connection-reader.js';
import { appHint, canonicalApp } from './fields.js';
import { nearWords } from './near-words.js';
import type { Selects } from './selects.js';
import { isWithin } from './value-types.js';

/** Reads one value of an option. Returns a sentence without its beginning where the value is wrong: "is not a port". */
type Criterion = (written: string, apps: AppTable) => Selects | string;

/** What connections can be selected by, besides time and expressions, in the order of the help. */
export const CRITERIA = {
  app: byApp,
  domain: byDomain,
  host: byHost,
  net: byNet,
  port: byPort,
  proto: byProtocol,
  category: byCategory,
  vlan: byVlan,
} as const satisfies Readonly<Record<string, Criterion>>;

export type CriterionName = keyof typeof CRITERIA;

function byApp(written: string, apps: AppTable): Selects | string {
  const app = canonicalApp(apps, written);
  if (app === null) return `is not a known app; ${appHint(apps, written)}`;
  const names = new Set(apps.withParts(apps.idOf(app)).map((id) => apps.nameOf(id)));
  return (connection) => names.has(connection.app);
}

/** As rules do: the name and its subdomains, `=name` exactly it, `*.name` its subdomains only. */
function byDomain(written: string): Selects {
  const pattern = parseDomainPattern(written);
  const cover = coverOf(pattern);
  const name = domainNameOf(pattern);
  const below = `.${name}`;
  const matches = (domain: string) =>
    (cover !== COVERS_SUBDOMAINS && domain === name) || (cover !== COVERS_EXACT && domain.endsWith(below));
  return ({ domains }) => domains.some((domain) => matches(asciiForm(domain)));
}

/** An address at either end, or exactly this name. */
function byHost(written: string): Selects | string {
  if (parseIpPrefix(written) !== null && written.includes('/')) return 'is a prefix, which --net takes';
  const host = canonicalHost(written);
  const address = parseIpPrefix(host);
  if (address !== null) return ({ src_ip, dst_ip }) => isWithin(src_ip, address) || isWithin(dst_ip, address);
  if (host === '') return 'is neither an address nor a host name';
  return ({ domains }) => domains.some((domain) => asciiForm(domain) === host);
}

function byNet(written: string): Selects | string {
  const range = parseIpPrefix(written);
  if (range === null) return 'is not a prefix such as 10.0.0.0/8 or 2001:db8::/32';
  return ({ src_ip, dst_ip }) => isWithin(src_ip, range) || isWithin(dst_ip, range);
}

/** The responder's port, as in rules. */
function byPort(written: string): Selects | string {
  const range = parsePortRange(written);
  if (typeof range === 'string') return `${range}; a port is written 443, 6881-6889 or udp/443`;
  const { from, to } = range;
  const protocol = range.protocol?.toUpperCase() ?? null;
  return (connection) => {
    const { dst_port: port } = connection;
    return port >= from && port <= to && (protocol === null || connection.protocol === protocol);
  };
}

/** A protocol above IP (tcp, icmp, ip-47), or one that was recognised (tls, dns), also by its usual name (ssl). */
function byProtocol(written: string): Selects | string {
  const word = written.toLowerCase();
  const number = /^ip-(\d{1,3})$/.exec(word)?.[1];
  const numbered = number !== undefined && Number(number) < 256 ? protocolWord(Number(number)).toLowerCase() : null;
  const wanted = numbered ?? PROTOCOL_ALIASES.get(word) ?? word;
  if (numbered === null && !PROTOCOLS.includes(wanted) && !IP_WORDS.includes(wanted)) {
    const near = nearWords(wanted, [...PROTOCOLS, ...PROTOCOL_ALIASES.keys(), ...IP_WORDS]);
    return `is not a known protocol; ${near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'expected one such as tcp, quic or dns'}`;
  }
  return ({ protocol, app_protocol: spoken }) => protocol.toLowerCase() === wanted || spoken === wanted;
}

/** What `protocol` says of connections, besides numbers. */
const IP_WORDS = Array.from({ length: 256 }, (_, proto) => protocolWord(proto).toLowerCase()).filter(
  (word) => !word.startsWith('ip-'),
);

function byCategory(written: string, apps: AppTable): Selects | string {
  const wanted = written.toLowerCase();
  if (!(CATEGORIES as readonly string[]).includes(wanted)) {
    const near = nearWords(wanted, CATEGORIES);
    const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `they are ${CATEGORIES.join(', ')}`;
    return `is not a category of apps; ${hint}`;
  }
  const names = new Set<string>();
  for (let id = 1; id < apps.size; id++) if (apps.categoryOf(id) === wanted) names.add(apps.nameOf(id));
  return ({ app }) => names.has(app);
}

/** One of the VLAN tags of the packet that began the connection. */
function byVlan(written: string): Selects | string {
  if (!/^\d{1,4}$/.test(written) || Number(written) > 4095) return 'is not a VLAN ID from 0 to 4095';
  const wanted = String(Number(written));
  return ({ vlan }) => vlan?.split('.').includes(wanted) === true;
}

/** Names from the wire may be UTF-8; those of options are ASCII. */
function asciiForm(domain: string): string {
  return /[^\0-\x7f]/.test(domain) ? asciiName(domain) : domain;
}
