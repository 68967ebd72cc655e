import { RESOLVER_ADDRESSES, RESOLVER_NAMES } from '../../data/encrypted-dns.js';
import { parseExactIpPrefix } from '../common/ip-prefix.js';
import type { AppTable } from './app-table.js';
import { SuffixIndex } from './suffix-index.js';

/** The category of apps that resolve names for others. */
const RESOLVER_CATEGORY = 'dns';

/** The public resolvers of encrypted DNS: the apps of category "dns", and those that belong to other apps. */
export class ResolverTable {
  private readonly others = new SuffixIndex(RESOLVER_NAMES);
  private readonly addresses = new Set(RESOLVER_ADDRESSES.map((text) => parseExactIpPrefix(text)!.words[0]! | 0));

  constructor(private readonly apps: AppTable) {}

  /** The domain of the resolver whose name is `buf[start, end)`, of app entry `entry`; null for no resolver. */
  domainOf(buf: Buffer, start: number, end: number, entry: number): string | null {
    const other = this.others.match(buf, start, end);
    if (other >= 0) return RESOLVER_NAMES[other]!;
    return this.isResolver(this.apps.appOf(entry)) ? this.apps.entryText(entry).replace(/^(?:=|\*\.)/, '') : null;
  }

  /** True for an app of category "dns". */
  isResolver(app: number): boolean {
    return this.apps.categoryOf(app) === RESOLVER_CATEGORY;
  }

  /** True for the IPv4 address of a resolver of another app, as a 32-bit word. */
  hasAddress(word: number): boolean {
    return this.addresses.has(word | 0);
  }
}
