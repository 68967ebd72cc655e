import { u32 } from '../common/bytes.js';
import { formatIpPrefix, parseIpPrefix, prefixOf } from '../common/ip-prefix.js';
import { PrefixList, PrefixTable } from '../common/prefix-table.js';
import { RuleError } from './rule.js';
import type { RuleKind, RuleSlice, StartMatcher } from './rule-kind.js';

const EXPECTED = 'an address or prefix such as 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32';
/** Prefixes shorter than these hold more than any one network owns. */
const BROAD_V4_LEN = 8;
const BROAD_V6_LEN = 16;

/** Rules of type `ip`: either end of the connection lies in the prefix. */
export const ADDRESS_RULES: RuleKind = {
  type: 'ip',
  expected: EXPECTED,
  // Digits and dots, or two colons, mean an address even where they fail to be one: the error then says so.
  looksLike: (text) => /^\d[\d.]*\.[\d.]*(\/|$)|^[\da-f:]*:[\da-f:]*:/i.test(text),
  parse(text) {
    const prefix = parseIpPrefix(text.trim());
    if (prefix === null) throw new RuleError('bad-address', `'${text}' is not ${EXPECTED}`);
    return formatIpPrefix(prefix);
  },
  isCanonical(value) {
    const prefix = parseIpPrefix(value);
    return prefix !== null && formatIpPrefix(prefix) === value;
  },
  tooBroad(value) {
    const prefix = parseIpPrefix(value)!;
    const family = prefix.isV6 ? 'IPv6' : 'IPv4';
    if (prefix.length === 0) return `every ${family} address`;
    if (prefix.length >= (prefix.isV6 ? BROAD_V6_LEN : BROAD_V4_LEN)) return null;
    return `a 1/${2 ** prefix.length} part of all ${family} addresses`;
  },
  candidates(value) {
    const { isV6, words, length } = parseIpPrefix(value)!;
    return Array.from({ length: length + 1 }, (_, bits) => formatIpPrefix(prefixOf(isV6, words, bits)));
  },
  compareWidth: (a, b) => parseIpPrefix(b)!.length - parseIpPrefix(a)!.length,
  compile: (slices) => ({ start: new AddressMatcher(slices) }),
};

/** Within one action the longest prefix decides; of two as long, the one around the responder's address. */
class AddressMatcher implements StartMatcher {
  readonly byPort = false;
  private readonly allow4: PrefixTable;
  private readonly allow6: PrefixTable;
  private readonly block4: PrefixTable;
  private readonly block6: PrefixTable;

  constructor(slices: readonly RuleSlice[]) {
    const allow = prefixesOf(slices.filter((slice) => slice.allow));
    const block = prefixesOf(slices.filter((slice) => !slice.allow));
    this.allow4 = new PrefixTable(allow.v4);
    this.allow6 = new PrefixTable(allow.v6);
    this.block4 = new PrefixTable(block.v4);
    this.block6 = new PrefixTable(block.v6);
  }

  find(isV6: boolean, src: Buffer, dst: Buffer): number {
    const allowed = narrower(isV6 ? this.allow6 : this.allow4, isV6, src, dst);
    return allowed >= 0 ? allowed : narrower(isV6 ? this.block6 : this.block4, isV6, src, dst);
  }

  findAll(isV6: boolean, src: Buffer, dst: Buffer, _ipProto: number, _port: number, into: number[]): void {
    for (const table of isV6 ? [this.allow6, this.block6] : [this.allow4, this.block4]) {
      table.collect(lookUp(table, isV6, dst), into);
      const bySource: number[] = [];
      table.collect(lookUp(table, isV6, src), bySource);
      for (const rule of bySource) if (!into.includes(rule)) into.push(rule);
    }
  }
}

function narrower(table: PrefixTable, isV6: boolean, src: Buffer, dst: Buffer): number {
  if (table.size === 0) return -1;
  const bySrc = lookUp(table, isV6, src);
  const byDst = lookUp(table, isV6, dst);
  return table.idOf(table.lengthOf(bySrc) > table.lengthOf(byDst) ? bySrc : byDst);
}

function lookUp(table: PrefixTable, isV6: boolean, address: Buffer): number {
  if (!isV6) return table.findV4(u32(address, 0));
  return table.findV6(u32(address, 0), u32(address, 4), u32(address, 8), u32(address, 12));
}

function prefixesOf(slices: readonly RuleSlice[]): { v4: PrefixList; v6: PrefixList } {
  const v4 = new PrefixList(false);
  const v6 = new PrefixList(true);
  for (const { first, values } of slices) {
    let rule = first;
    for (const value of values) {
      const prefix = parseIpPrefix(value);
      if (prefix !== null) (prefix.isV6 ? v6 : v4).push(prefix, rule);
      rule++;
    }
  }
  return { v4, v6 };
}
