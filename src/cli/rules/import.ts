import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { fileError } from '../../core/common/file-error.js';
import { appNamesOf } from '../../core/policy/app-names.js';
import { countRules, type RuleGroup } from '../../core/policy/rule.js';
import { parseExpiry } from '../../core/policy/rule-expiry.js';
import { pluralText } from '../../render/quantities.js';
import { safeText } from '../../render/safe-text.js';
import { broadRuleWarnings } from '../../rules/broad-rules.js';
import { loadApps } from '../../usecases/shared/load-apps.js';
import { parseRulesDocument } from '../compose-stores.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { addGuide, type Guide } from '../help.js';
import { canRedraw } from '../terminal.js';
import { tellWaiting } from '../waiting.js';
import { CountLine } from './count-line.js';
import { decodeList, refuseBinary } from './lists/decode-list.js';
import { detectFormat, LIST_FORMATS, type ParsedList, parseList } from './lists/parse-list.js';
import { countOutcomes, type OutcomeCounts, outcomesText } from './outcomes.js';
import { printResult } from './print-result.js';
import { readBytes } from './read-values.js';
import { addRulesOptions, type RulesFlags, withStore } from './store-options.js';

const FORMATS = [...LIST_FORMATS.map(({ name }) => name), 'json'];
const MOST_REJECTED_SHOWN = 10;

interface ImportFlags extends RulesFlags {
  format?: string;
  comment?: string;
  expires?: string;
  dryRun?: boolean;
}

const GUIDE: Guide = {
  about: `
The format is detected: hosts files (each name without its subdomains), lists of domains, addresses and prefixes
(domains with their subdomains), AdBlock and AdGuard lists (||example.com^; exceptions become allow rules), and the JSON
of 'dpi rules export'. Lines that no rule can express are reported. Existing allow rules are not replaced.`,
  examples: [
    ['dpi rules import hosts.txt'],
    ['curl -s https://lists.example/ads.txt |\n  dpi rules import --comment ads -'],
    ['dpi rules import --dry-run --json list.txt | jq .rejected'],
  ],
};

export function configureImport(command: Command, context: CliContext): void {
  command
    .argument('<file>', 'block list, "-" for standard input')
    .addOption(new Option('--format <format>', 'format of the list').choices(FORMATS))
    .option('--comment <text>', 'comment of the rules (default: the file name)')
    .option('--expires <when>', 'when the rules expire: 30m, 2h, 7d or 2030-12-31')
    .option('--dry-run', 'read and report, but add nothing');
  addRulesOptions(command);
  addGuide(command, GUIDE);
  command.action(async (file: string, flags: ImportFlags) => {
    process.exitCode = await importRules(file, flags, context);
  });
}

async function importRules(file: string, flags: ImportFlags, context: CliContext): Promise<number> {
  const progress = new CountLine(context.stderr, !flags.quiet && canRedraw(context.stderr, context.env));
  try {
    const nowMs = Date.now();
    const meta = {
      comment: flags.comment ?? (file === '-' ? null : basename(file)),
      expiresMs: flags.expires === undefined ? null : parseExpiry(flags.expires, nowMs),
      createdMs: Math.floor(nowMs / 1000) * 1000,
    };
    if (file === '-' && !flags.quiet) tellWaiting('a list', context);
    const text = await listText(file);
    const format = flags.format ?? detectFormat(text);
    if (format === null) {
      const message = `${nameOf(file)} is not a list in a known format; --format takes ${FORMATS.join(', ')}`;
      throw new DpiError('unknown-list-format', message);
    }
    refuseBinary(text, nameOf(file));
    const list =
      format === 'json'
        ? await jsonList(text, file, meta, flags)
        : parseList(text, LIST_FORMATS.find(({ name }) => name === format)!, meta, (done) =>
            progress.update('reading', done, text.length),
          );
    const apps = appNamesOf(await loadApps([]));
    const warnings = [...rejectionWarnings(list), ...broadRuleWarnings(list.groups, apps)];
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
  if (file === '-') return decodeList(await readBytes(process.stdin));
  try {
    return decodeList(await readFile(file));
  } catch (error) {
    throw fileError('unreadable-list', `read ${file}`, error);
  }
}

/** Keeps a document's own comments, expiries and times; those of the command line apply to all rules. */
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
