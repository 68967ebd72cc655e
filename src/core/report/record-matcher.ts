import type { AppTable } from '../classify/app-table.js';
import { parseExactIpPrefix } from '../common/ip-prefix.js';
import { NO_RULE, type RuleSet } from '../policy/rule-set.js';
import { protocolWord } from './connection-reader.js';
import type { ConnectionRecord } from './model.js';

/** Asks a rule set about connections by their records, outside the engine. Allocates. */
export class RecordMatcher {
  constructor(
    private readonly rules: RuleSet,
    private readonly apps: AppTable,
  ) {}

  /** Whether a rule matches the connection's ends, protocol or app. */
  matchesConnection(record: ConnectionRecord): boolean {
    const { rules, apps } = this;
    if (rules.hasStartRules && this.matchesEnds(record)) return true;
    if (record.app_protocol !== null && rules.atProtocol(record.app_protocol) !== NO_RULE) return true;
    const app = apps.idOf(record.app);
    return app !== 0 && rules.atApp(apps.lineageOf(app)) !== NO_RULE;
  }

  /** Whether a rule matches the host name. */
  matchesName(name: string): boolean {
    if (!this.rules.hasNameRules) return false;
    const bytes = Buffer.from(name, 'utf8');
    return this.rules.atName(bytes, 0, bytes.length) !== NO_RULE;
  }

  /** Whether a rule matches the host name or the app that the name belongs to. */
  matchesNameOrApp(name: string): boolean {
    const { rules, apps } = this;
    if (this.matchesName(name)) return true;
    const bytes = Buffer.from(name, 'utf8');
    const app = apps.appOf(apps.matchName(bytes, 0, bytes.length));
    return app !== 0 && rules.atApp(apps.lineageOf(app)) !== NO_RULE;
  }

  private matchesEnds({ protocol, src_ip, dst_ip, dst_port }: ConnectionRecord): boolean {
    const src = addressBytes(src_ip);
    const dst = addressBytes(dst_ip);
    if (src === null || dst === null || src.length !== dst.length) return false;
    return this.rules.atStart(src.length === 16, src, dst, protocolNumber(protocol), dst_port) !== NO_RULE;
  }
}

/** The bytes of an address in text form, 4 or 16; null for text that is none. */
export function addressBytes(text: string): Buffer | null {
  const address = parseExactIpPrefix(text);
  if (address === null) return null;
  const bytes = Buffer.alloc(address.words.length * 4);
  for (const [i, word] of address.words.entries()) bytes.writeUInt32BE(word, i * 4);
  return bytes;
}

/** The IP protocol number of a record's `protocol`: 6 for "TCP". */
export function protocolNumber(word: string): number {
  for (let proto = 0; proto < 256; proto++) if (protocolWord(proto) === word) return proto;
  return 0;
}
