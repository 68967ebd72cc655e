import { type Command, Option } from 'commander';
import { isExpired, type Rule } from '../../core/policy/rule.js';
import { pluralText } from '../../render/quantities.js';
import { safeText } from '../../render/safe-text.js';
import { loadApps } from '../../usecases/shared/load-apps.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { FileOutput } from '../file-output.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { addStreamOptions } from '../options.js';
import { StreamOutput } from '../stream-output.js';
import type { ColourOption } from '../terminal.js';
import { printWarnings } from '../warnings.js';
import { rulesOfApp } from './exports/app-rules.js';
import { commentLine, type ExportFormat } from './exports/export-format.js';
import { ADGUARD_EXPORT, HOSTS_EXPORT } from './exports/name-formats.js';
import { NFTABLES_EXPORT } from './exports/nftables-format.js';
import { SURICATA_EXPORT } from './exports/suricata-format.js';
import { sortedRules, writeRulesJson } from './sorted-rules.js';
import { addStoreOptions, type StoreFlags, withStore } from './store-options.js';

const EXPORT_FORMATS: readonly ExportFormat[] = [HOSTS_EXPORT, ADGUARD_EXPORT, NFTABLES_EXPORT, SURICATA_EXPORT];

/** How the reason begins for a rule that is not written at all. */
const LEFT_OUT = 'left out';

interface ExportFlags extends StoreFlags {
  format: string;
  json?: boolean;
  output?: string;
  color: ColourOption;
  quiet?: boolean;
}

const GUIDE: Guide = {
  about: `
Formats without apps get rules for the app's names, or its addresses. Rules that the format cannot express are reported
on stderr. Expired rules are left out, except from JSON.

Formats:
  json      all rules; 'dpi rules import' reads them back
${EXPORT_FORMATS.map(({ name, description }) => `  ${name.padEnd(9)} ${description}`).join('\n')}`,
  examples: [['dpi rules export > rules.json'], ['dpi rules export --format nftables -o dpi.nft && nft -f dpi.nft']],
};

export function configureExport(command: Command, context: CliContext): void {
  const names = ['json', ...EXPORT_FORMATS.map(({ name }) => name)];
  addGroup(command, OUTPUT_GROUP, () => {
    command
      .addOption(new Option('--format <format>', 'format of the output').choices(names).default('json'))
      .option('--json', 'the same as --format json')
      .option('-o, --output <file>', 'write to a file, which appears when it is complete');
  });
  addStreamOptions(command);
  addStoreOptions(command);
  addGuide(command, GUIDE);
  command.action(async (flags: ExportFlags) => {
    process.exitCode = await exportRules(flags, context);
  });
}

async function exportRules(flags: ExportFlags, context: CliContext): Promise<number> {
  const { store, version, groups } = await withStore(flags, context, async (one) => {
    return { ...(await one.load()), store: one.describe() };
  });
  const toFile = flags.output !== undefined && flags.output !== '-';
  const output = toFile ? new FileOutput(flags.output!) : new StreamOutput(context.stdout);
  const warnings: string[] = [];
  try {
    const format = flags.json ? undefined : EXPORT_FORMATS.find(({ name }) => name === flags.format);
    if (format === undefined) await writeRulesJson(output, store, version, groups);
    else {
      const nowMs = Date.now();
      const stored = [...sortedRules(groups.filter((group) => !isExpired(group, nowMs)))];
      const rules = await withoutApps(stored, format);
      output.write(`${commentLine(format.commentMark, writtenCount(rules, format))}\n`);
      const leftOut = new LeftOut();
      for (const line of format.write(rules, (rule, reason) => leftOut.add(rule, reason))) {
        output.write(`${line}\n`);
        const full = output.drain();
        if (full !== null) await full;
      }
      warnings.push(...leftOut.sentences());
    }
    await output.commit();
  } finally {
    output.discard();
  }
  if (!flags.quiet) {
    await printWarnings(warnings, context, flags.color);
    const sentence = `rules of ${store}${toFile ? ` written to ${flags.output}` : ''}`;
    context.stderr.write(`dpi: ${safeText(sentence)}\n`);
  }
  return EXIT_DONE;
}

/** The rules with each app rule replaced by rules for the app's names or addresses, where there are any. */
async function withoutApps(rules: readonly Rule[], { appsAs }: ExportFormat): Promise<Rule[]> {
  if (!rules.some(({ type }) => type === 'app')) return [...rules];
  const table = await loadApps([]);
  const byId = new Map<string, Rule>();
  for (const rule of rules) {
    const others = rule.type === 'app' ? rulesOfApp(rule, table, appsAs) : [];
    // A rule that the user wrote comes before one of an app.
    if (others.length === 0) byId.set(rule.id, rule);
    else for (const other of others) if (!byId.has(other.id)) byId.set(other.id, other);
  }
  return [...byId.values()];
}

/** How many rules the format expresses, at least in part. */
function writtenCount(rules: readonly Rule[], format: ExportFormat): number {
  let left = 0;
  const lines = format.write(rules, (_, reason) => {
    if (reason.startsWith(LEFT_OUT)) left++;
  });
  for (const _ of lines);
  return rules.length - left;
}

/** Rules that a format can't express, by reason. */
class LeftOut {
  private readonly byReason = new Map<string, { count: number; example: string }>();

  add(rule: Rule, reason: string): void {
    const entry = this.byReason.get(reason) ?? { count: 0, example: rule.id };
    entry.count++;
    this.byReason.set(reason, entry);
  }

  sentences(): string[] {
    return [...this.byReason].map(
      ([reason, { count, example }]) => `${pluralText(count, 'rule')} (such as ${example}) ${reason}`,
    );
  }
}
