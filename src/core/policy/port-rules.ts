import { SCTP, TCP, UDP } from '../common/ip-protocols.js';
import { RuleError } from './rule.js';
import type { RuleKind, RuleSlice, StartMatcher } from './rule-kind.js';

const EXPECTED = 'a port or range such as 443, 6881-6889, udp/443 or tcp/80-90';
const MAX_PORT = 65535;
/** A range this wide holds every ephemeral port of some system. */
const BROAD_RANGE_LEN = 28232;

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['tcp', TCP],
  ['udp', UDP],
  ['sctp', SCTP],
]);

interface PortRange {
  /** Null for every protocol that has ports. */
  readonly protocol: string | null;
  readonly from: number;
  readonly to: number;
}

/** Rules of type `port`: the responder's port lies in the range. */
export const PORT_RULES: RuleKind = {
  type: 'port',
  expected: EXPECTED,
  looksLike: (text) => /^(?:[a-z]+\/)?\d+(?:-\d+)?$|^\d+(?:-\d+)?\/[a-z]+$/i.test(text),
  parse(text) {
    const range = parsePortRange(text.trim());
    if (typeof range === 'string') throw new RuleError('bad-port', `'${text}' ${range}; expected ${EXPECTED}`);
    return formatPortRange(range);
  },
  isCanonical(value) {
    const range = parsePortRange(value);
    return typeof range !== 'string' && formatPortRange(range) === value;
  },
  tooBroad(value) {
    const { from, to } = parseStored(value);
    if (from === 1 && to === MAX_PORT) return 'every port';
    return to - from + 1 >= BROAD_RANGE_LEN ? `${to - from + 1} of all 65535 ports` : null;
  },
  candidates: () => null,
  compareWidth: (a, b) => compareWidths(parseStored(a), parseStored(b)),
  compile: (slices) => ({ start: new PortMatcher(slices) }),
};

/**
 * Reads `443`, `80-90`, `udp/443` and, lenient, `443/udp` as in /etc/services. The end of a sentence where it fails.
 */
export function parsePortRange(text: string): PortRange | string {
  const match = /^(?:([a-z]+)\/)?(\d{1,6})(?:-(\d{1,6}))?(?:\/([a-z]+))?$/i.exec(text);
  if (match === null || (match[1] !== undefined && match[4] !== undefined)) return 'is not a port';
  const protocol = (match[1] ?? match[4])?.toLowerCase() ?? null;
  if (protocol !== null && !PROTOCOLS.has(protocol)) return `names the protocol '${protocol}'`;
  const from = Number(match[2]);
  const to = match[3] === undefined ? from : Number(match[3]);
  if (from === 0 || from > MAX_PORT || to > MAX_PORT) return 'is outside 1-65535';
  if (to < from) return 'ends before it starts';
  return { protocol, from, to };
}

function formatPortRange({ protocol, from, to }: PortRange): string {
  return `${protocol === null ? '' : `${protocol}/`}${from}${to === from ? '' : `-${to}`}`;
}

function parseStored(value: string): PortRange {
  const range = parsePortRange(value);
  return typeof range === 'string' ? { protocol: null, from: 1, to: 0 } : range;
}

/** Within one action the narrowest range decides; of two as narrow, the one that names the protocol. */
class PortMatcher implements StartMatcher {
  readonly byPort = true;
  private readonly tcp: PortTable;
  private readonly udp: PortTable;
  /** SCTP and other protocols with ports. */
  private readonly others: PortTable;

  constructor(slices: readonly RuleSlice[]) {
    const ranges = slices.flatMap(({ first, allow, values }) =>
      Array.from(values, (value, i) => ({ ...parseStored(value), allow, rule: first + i })),
    );
    const tableOf = (name: string) =>
      new PortTable(ranges.filter(({ protocol }) => protocol === null || protocol === name));
    this.tcp = tableOf('tcp');
    this.udp = tableOf('udp');
    this.others = tableOf('sctp');
  }

  find(_isV6: boolean, _src: Buffer, _dst: Buffer, ipProto: number, responderPort: number): number {
    return this.tableOf(ipProto).deciding[responderPort]!;
  }

  findAll(_isV6: boolean, _src: Buffer, _dst: Buffer, ipProto: number, port: number, into: number[]): void {
    for (const range of this.tableOf(ipProto).ranges) {
      if (range.from <= port && port <= range.to) into.push(range.rule);
    }
  }

  private tableOf(ipProto: number): PortTable {
    return ipProto === TCP ? this.tcp : ipProto === UDP ? this.udp : this.others;
  }
}

interface RuleRange extends PortRange {
  readonly allow: boolean;
  readonly rule: number;
}

/** The deciding rule of each of the 65,536 ports, -1 for none. */
class PortTable {
  /** The deciding one first. */
  readonly ranges: readonly RuleRange[];
  readonly deciding: Int32Array;

  constructor(ranges: readonly RuleRange[]) {
    this.ranges = [...ranges].sort(compareRanges);
    this.deciding = new Int32Array(MAX_PORT + 1).fill(-1);
    for (let i = this.ranges.length - 1; i >= 0; i--) {
      const { from, to, rule } = this.ranges[i]!;
      this.deciding.fill(rule, from, to + 1);
    }
  }
}

function compareRanges(a: RuleRange, b: RuleRange): number {
  return Number(b.allow) - Number(a.allow) || compareWidths(a, b) || a.rule - b.rule;
}

function compareWidths(a: PortRange, b: PortRange): number {
  return a.to - a.from - (b.to - b.from) || Number(a.protocol === null) - Number(b.protocol === null);
}
