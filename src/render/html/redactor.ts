import { isIP } from 'node:net';
import type { JoinReport } from '../../core/diff/join-model.js';
import type { DiffSide, ReportDiff } from '../../core/diff/model.js';
import type { ConnectionRecord, ReportSummary } from '../../core/report/model.js';

/** IPv4 addresses with dots or, as in names of hosts, hyphens, and whatever may be an IPv6 or a MAC address. */
const ADDRESS =
  /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)|(?<!\d)\d{1,3}(?:-\d{1,3}){3}(?!\d)|[\da-f]*:[\da-f:.]+/gi;
const IPV4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g;
/** Names of reverse look-ups: the address is the name. */
const REVERSE_NAME = /[^\s"]+\.(?:in-addr|ip6)\.arpa/gi;
const MAC = /^[\da-f]{2}(?::[\da-f]{2}){5}$/i;
/** Texts whose replacement is remembered. */
const MAX_TEXTS = 1 << 16;

/**
 * Takes addresses out of a report: each becomes "host-1", "host-2" and so on, wherever it stands. MAC addresses, names
 * that hosts gave themselves, Community IDs, which tell addresses, and folders go. Names of sites stay.
 */
export class Redactor {
  private readonly names = new Map<string, string>();
  private readonly texts = new Map<string, string>();

  connection(c: ConnectionRecord): ConnectionRecord {
    return { ...this.replaced(c), community_id: null };
  }

  summary(summary: ReportSummary): ReportSummary {
    const shown = {
      ...summary,
      inputs: summary.inputs.map((input) => ({ ...input, name: this.fileName(input.name) })),
      hosts: summary.hosts.map((host) => ({ ...host, mac: null, names: [] })),
      rules: { ...summary.rules, store: null },
    };
    return this.replaced(shown);
  }

  diff(diff: ReportDiff): ReportDiff {
    const side = (of: DiffSide): DiffSide => ({ ...of, inputs: of.inputs.map((name) => this.fileName(name)) });
    return { ...this.replaced(diff), a: side(diff.a), b: side(diff.b) };
  }

  join(join: JoinReport): JoinReport {
    const side = (of: JoinReport['a']) => ({ ...of, input: this.fileName(of.input) });
    return { ...this.replaced(join), a: side(join.a), b: side(join.b) };
  }

  /** The path without its folders. */
  fileName(path: string): string {
    return this.text(path.split(/[/\\]/).pop() ?? path);
  }

  /** The text with every address in it replaced. */
  text(text: string): string {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    const replaced = text
      .replace(REVERSE_NAME, (name) => `${this.nameOf(name)}.arpa`)
      .replace(ADDRESS, (found) => this.address(found));
    if (this.texts.size < MAX_TEXTS) this.texts.set(text, replaced);
    return replaced;
  }

  private address(found: string): string {
    if (MAC.test(found)) return '(MAC address)';
    if (!found.includes(':')) {
      const address = found.replaceAll('-', '.');
      return isIP(address) === 0 ? found : this.nameOf(address);
    }
    // A single colon at the begin or the end belongs to the text around: "ip:2001:db8::1".
    const [, before, address, after] = /^(:(?!:)|:(?=::))?(.*?)((?<!:):)?$/.exec(found)!;
    const shown = isIP(address!) === 0 ? address!.replace(IPV4, (one) => this.address(one)) : this.nameOf(address!);
    return `${before ?? ''}${shown}${after ?? ''}`;
  }

  private nameOf(address: string): string {
    const key = address.toLowerCase();
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const name = `host-${this.names.size + 1}`;
    this.names.set(key, name);
    return name;
  }

  private replaced<Value>(value: Value): Value {
    if (typeof value === 'string') return this.text(value) as Value;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      return (typeof value[0] === 'number' ? value : value.map((one) => this.replaced(one))) as Value;
    }
    const entries = Object.entries(value).map(([key, one]) => [this.text(key), this.replaced(one)]);
    return Object.fromEntries(entries) as Value;
  }
}
