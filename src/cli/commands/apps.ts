import { type Command, Option } from 'commander';
import { CATEGORIES } from '../../core/classify/app-definition.js';
import {
  type AppDetails,
  countApps,
  explainHost,
  findApp,
  type HostExplanation,
  suggestApps,
} from '../../core/classify/app-lookup.js';
import type { AppTable } from '../../core/classify/app-table.js';
import { DpiError } from '../../core/common/error.js';
import { SCHEMA_VERSION } from '../../core/report/model.js';
import { appJson, appListJson, hostJson } from '../../render/apps-json.js';
import { loadPaint, type Paint } from '../../render/paint.js';
import { jsonText } from '../../render/safe-text.js';
import { loadApps } from '../../usecases/shared/load-apps.js';
import { configureAppsCheck } from '../apps-check.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { addAppsOption, addPagerOption, addStreamOptions } from '../options.js';
import { type ColourOption, terminalWidth, wantsColour } from '../terminal.js';
import { openTextOutput } from '../text-output.js';
import { reportUsage } from '../usage-error.js';
import { printWarnings } from '../warnings.js';

interface AppsFlags {
  json?: boolean;
  apps?: string[];
  category?: string;
  color: ColourOption;
  quiet?: boolean;
  pager: boolean;
}

/** What the command prints: as JSON, or as lines once the code that draws them is loaded. */
interface AppsReport {
  json: Record<string, unknown>;
  lines(tables: AppsTables, width: number, paint: Paint): string[];
}

type AppsTables = typeof import('../../render/apps-table.js');

const GUIDE: Guide = {
  examples: [
    ['dpi apps', 'all known apps'],
    ['dpi apps --category video', 'the apps of a category'],
    ['dpi apps YOUTUBE', 'its names, address ranges and their source'],
    ['dpi apps i.ytimg.com', 'the app of a host name, and the entry that says so'],
    ['dpi apps 149.154.167.51', 'the same for an address'],
    ['dpi apps video', 'the apps of a category'],
    ['dpi apps check ours.json', 'what a file of --apps changes'],
    [`dpi apps --json |\n  jq -r '.apps[] | select(.category == "video") | .name'`],
  ],
};

export function configure(command: Command, context: CliContext): void {
  command.argument('[app|host]', 'an app, a category, or a host name or address');
  command.addOption(new Option('--category <name>', 'list only the apps of this category').choices(CATEGORIES));
  addAppsOption(command);
  addGroup(command, OUTPUT_GROUP, () => command.option('--json', 'print JSON'));
  addPagerOption(command);
  addStreamOptions(command);
  addGuide(command, GUIDE);
  const check = command.command('check').description('Say what app files change in the built-in list');
  reportUsage(check);
  configureAppsCheck(check, context);
  command.helpCommand(false);
  command.action(async (query: string | undefined, flags: AppsFlags) => {
    const { stdout, stderr, env } = context;
    const warnings: string[] = [];
    const table = await loadApps(flags.apps ?? [], (warning) => warnings.push(warning));
    if (query !== undefined && flags.category !== undefined) {
      throw new DpiError('usage', '--category lists apps; leave out the app or host');
    }
    const report = query === undefined ? listReport(table, flags.category ?? null) : queryReport(table, query);

    const output = await openTextOutput(context, flags.pager && !flags.json);
    if (flags.json) {
      output.write(`${jsonText({ schema_version: SCHEMA_VERSION, ...report.json })}\n`);
    } else {
      const tables = await import('../../render/apps-table.js');
      const paint = await loadPaint(wantsColour(stdout, env, flags.color));
      for (const line of report.lines(tables, terminalWidth(stdout, stderr, env), paint)) output.write(`${line}\n`);
    }
    await output.commit();
    if (!flags.quiet) await printWarnings(warnings, context, flags.color);
    process.exitCode = EXIT_DONE;
  });
}

/** All apps, or those of one category. */
function listReport(table: AppTable, category: string | null = null): AppsReport {
  const apps = countApps(table, category);
  return {
    json: appListJson(apps),
    lines: (tables, width, paint) => tables.appListLines(apps, width, paint),
  };
}

/** An app's name or alias comes before a category and a host name; other queries count as misspelt apps. */
function queryReport(table: AppTable, query: string): AppsReport {
  const app = findApp(table, query);
  if (app !== null) return appReport(app);
  const category = CATEGORIES.find((one) => one === query.toLowerCase());
  if (category !== undefined) return listReport(table, category);
  const explanation = /[.:/]/.test(query) ? explainHost(table, query) : null;
  if (explanation !== null) return hostReport(explanation);
  const suggestions = suggestApps(table, query).map((name) => `'${name}'`);
  const advice =
    suggestions.length > 0 ? `did you mean ${suggestions.join(' or ')}?` : "'dpi apps' lists the known ones";
  throw new DpiError('unknown-app', `'${query}' is neither a known app nor a host name; ${advice}`);
}

function appReport(app: AppDetails): AppsReport {
  return {
    json: appJson(app),
    lines: (tables, width, paint) => tables.appLines(app, width, paint),
  };
}

function hostReport(explanation: HostExplanation): AppsReport {
  return {
    json: hostJson(explanation),
    lines: (tables, width, paint) => tables.hostLines(explanation, width, paint),
  };
}
