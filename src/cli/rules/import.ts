import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { countRules, type RuleGroup } from '../../core/policy/rule.js';
import { parseExpiry } from '../../core/policy/rule-expiry.js';
import { pluralText } from '../../render/quantities.js';
import { safeText } from '../../render/safe-text.js';
import { broadRuleWarnings } from '../../rules/broad-rules.js';
import { fileError, parseRulesDocument } from '../compose.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { CountLine } from './count-line.js';
import { detectFormat, LIST_FORMATS, type ParsedList, parseList } from './lists/parse-list.js';
import { countOutcomes, type OutcomeCounts, outcomesText } from './outcomes.js';
import { printResult } from './print-result.js';
import { readText } from './read-values.js';
import { addRulesOptions, type RulesFlags, withStore } from './store-options.js';

const FORMATS = [...LIST_FORMATS.map(({ name }) => name), 'json'];
const MOST_REJECTED_SHOWN = 10;

interface ImportFlags extends RulesFlags {
  format?: string;
  comment?: string;
  expires?: string;
  dryRun?: boolean;
}

const EXAMPLES = `
Formats, recognised by content: hosts files (a name is blocked, not its
subdomains), plain lists of domains, addresses and prefixes (a domain with its
subdomains), AdBlock and AdGuard lists (||example.com^; exceptions become allow
rules), and the JSON of "dpi rules export". What a line says that no rule can
express is reported by line. Allow rules that exist are not replaced.

Examples:
  dpi rules import hosts.txt
  curl -s https://lists.example/ads.txt | dpi rules import --comment ads -
  dpi rules import --dry-run --json list.txt | jq .rejected`;

export function configureImport(command: Command, context: CliContext): void {
  command
    .argument('<file>', 'the list; "-" for standard input')
    .addOption(new Option('--format <format>', 'read it in this format').choices(FORMATS))
    .option('--comment <text>', "comment of the rules (default: the file's name)")
    .option('--expires <when>', 'end of the rules: 30m, 2h, 7d, or a date such as 2030-12-31')
    .option('--dry-run', 'read and report, add nothing');
  addRulesOptions(command);
  command.addHelpText('after', EXAMPLES).action(async (file: string, flags: ImportFlags) => {
    process.exitCode = await importRules(file, flags, context);
  });
}

async function importRules(file: string, flags: ImportFlags, context: CliContext): Promise<number> {
  const progress = new CountLine(context.stderr, !flags.quiet);
  try {
    const nowMs = Date.now();
    const meta = {
      comment: flags.comment ?? (file === '-' ? null : basename(file)),
      expiresMs: flags.expires === undefined ? null : parseExpiry(flags.expires, nowMs),
      createdMs: Math.floor(nowMs / 1000) * 1000,
    };
    const text = await listText(file);
    const format = flags.format ?? detectFormat(text);
    if (format === null) {
      const message = `${nameOf(file)} is no list in a known format; --format takes ${FORMATS.join(', ')}`;
      throw new DpiError('unknown-list-format', message);
    }
    const list =
      format === 'json'
        ? await jsonList(text, file, meta, flags)
        : parseList(text, LIST_FORMATS.find(({ name }) => name === format)!, meta, (done) =>
            progress.update('reading', done, text.length),
          );
    const warnings = [...rejectionWarnings(list), ...broadRuleWarnings(list.groups)];
    return await withStore(flags, context, async (store) => {
      const result = flags.dryRun
        ? null
        : await store.add(list.groups, {
            keepAllowed: true,
            onProgress: (done, total) => progress.update('adding rules', done, total),
          });
      progress.clear();
      const counts = countOutcomes(result?.outcomes ?? []);
      const json = {
        store: store.describe(),
        version: result?.version ?? null,
        dry_run: flags.dryRun ?? false,
        format,
        lines: list.lines,
        rules: countRules(list.groups),
        ...counts,
        rejected_lines: list.rejectedLines,
        rejected: list.rejected,
      };
      await printResult(json, summaryLines(json, counts), warnings, flags, context);
      return EXIT_DONE;
    });
  } finally {
    progress.clear();
  }
}

async function listText(file: string): Promise<string> {
  if (file === '-') return readText(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw fileError('unreadable-list', `read ${file}`, error);
  }
}

/** A document's own comments, expiries and times stay; what the command line says counts for all. */
async function jsonList(
  text: string,
  file: string,
  meta: Pick<RuleGroup, 'comment' | 'expiresMs' | 'createdMs'>,
  flags: ImportFlags,
): Promise<ParsedList> {
  const { groups } = await parseRulesDocument(text, nameOf(file));
  return {
    lines: text.split('\n').length,
    groups: groups.map((group) => ({
      ...group,
      comment: flags.comment ?? group.comment,
      expiresMs: meta.expiresMs ?? group.expiresMs,
      createdMs: group.createdMs === 0 ? meta.createdMs : group.createdMs,
    })),
    rejected: [],
    rejectedLines: 0,
  };
}

function summaryLines(
  json: { store: string; dry_run: boolean; format: string; lines: number; rules: number },
  counts: OutcomeCounts,
): string[] {
  const read = `${pluralText(json.rules, 'rule')} in ${pluralText(json.lines, 'line')} (${json.format})`;
  const where = safeText(json.store);
  if (json.dry_run) return [`${read}; nothing was added to ${where} (--dry-run)`];
  return [`${read}: ${outcomesText(counts)}; in ${where}`];
}

function rejectionWarnings({ rejected, rejectedLines }: ParsedList): string[] {
  const shown = rejected.slice(0, MOST_REJECTED_SHOWN);
  const warnings = shown.map(({ line, text, reason }) => `line ${line} left out: ${text}: ${reason}`);
  const more = rejectedLines - shown.length;
  if (more > 0) warnings.push(`${pluralText(more, 'more line')} left out; --json lists them`);
  return warnings;
}

function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}
