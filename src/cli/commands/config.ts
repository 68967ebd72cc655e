import type { Command } from 'commander';
import { DpiError } from '../../core/common/error.js';
import { jsonText, safeText } from '../../render/safe-text.js';
import { userConfigFile } from '../compose.js';
import { type FoundSetting, findSetting } from '../config/apply-defaults.js';
import { type Config, readConfig } from '../config/config-file.js';
import {
  allKeys,
  commandsWithOptions,
  keysOf,
  parseSetting,
  type SettingValue,
  settableOptions,
} from '../config/settings.js';
import { writeConfig } from '../config/write-config.js';
import type { CliContext, LoadTree } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { alternatives } from '../habits.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { nearNames } from '../near-misses.js';
import { addStreamOptions } from '../options.js';
import { StreamOutput } from '../stream-output.js';
import { reportUsage } from '../usage-error.js';

/** Version of the JSON of `dpi config list`. */
const SCHEMA_VERSION = 1;
/** Needs packages that may not be installed, and has no setting of its own. */
const WITHOUT_SETTINGS = 'serve';

const GUIDE: Guide = {
  about: `
Settings are defaults of options that change how text looks: color, pager, quiet, top and others. They never change JSON,
NDJSON or CSV, nor an exit code. "top" is the setting of all commands, "rules.list.top" that of one command.

They are stored in config.json in the user's configuration folder. Variables such as DPI_TOP or DPI_RULES_LIST_TOP
come before them, options before both. --no-config ignores the file and the variables.`,
  examples: [
    ['dpi config list', 'all settings, and where each comes from'],
    ['dpi config set top 20', 'rows in each list of all reports'],
    ['dpi config set analyze.all true', 'all rows, in one command'],
    ['dpi config set color never'],
    ['dpi config get top'],
    ['dpi config unset top', 'the built-in default again'],
    ['DPI_TOP=20 dpi analyze capture.pcap', 'for one run'],
  ],
};

export function configure(command: Command, context: CliContext, loadTree: LoadTree): void {
  const settable = () => loadTree((name) => name !== WITHOUT_SETTINGS);
  command.helpCommand(false);
  addStreamOptions(command);
  addGuide(command, GUIDE);
  const add = (name: string, description: string, examples: Guide['examples']): Command => {
    const one = command.command(name).description(description);
    reportUsage(one);
    addStreamOptions(one);
    addGuide(one, { examples });
    return one;
  };
  const list = add('list', 'List the settings', [['dpi config list'], ['dpi config list --json']]);
  addGroup(list, OUTPUT_GROUP, () => list.option('--json', 'print JSON'));
  list.action(async (flags: { json?: boolean }) =>
    print(listText(await settable(), flags.json ?? false, context), context),
  );
  add('get', 'Print a setting', [['dpi config get top']])
    .argument('<key>', 'a setting, such as top or rules.list.top')
    .action(async (key: string) => print(`${safeText(settingOf(await settable(), key, context).text)}\n`, context));
  add('set', 'Change a setting', [['dpi config set top 20'], ['dpi config set rules.list.top 500']])
    .argument('<key>', 'a setting, such as top or rules.list.top')
    .argument('<value>', 'a value that the option takes; true or false for an option without a value')
    .action(async (key: string, text: string) => {
      const { option } = ownerOf(await settable(), key);
      parseSetting(option, text);
      const config = readConfig();
      config.set(key, storedValue(text, option.required));
      writeConfig(config);
      process.exitCode = EXIT_DONE;
    });
  add('unset', 'Remove a setting', [['dpi config unset top']])
    .argument('<key>', 'a setting, such as top or rules.list.top')
    .action((key: string) => {
      const config = readConfig();
      // Also one that no option has: the file may be of another version.
      if (!config.delete(key)) throw notSet(key);
      writeConfig(config);
      process.exitCode = EXIT_DONE;
    });
}

function ownerOf(program: Command, key: string) {
  for (const command of commandsWithOptions(program)) {
    for (const [name, option] of settableOptions(command)) {
      if (keysOf(command, name).includes(key)) return { command, name, option };
    }
  }
  const keys = allKeys(program);
  const general = keys.filter((one) => !one.includes('.'));
  const near = nearNames(key, new Set(keys));
  const advice =
    near.length > 0
      ? `did you mean ${alternatives(near.map((one) => `'${one}'`))}?`
      : `the settings are ${general.join(', ')}, also for one command, as in analyze.top`;
  throw new DpiError('unknown-setting', `there is no setting '${key}'; ${advice}`);
}

function settingOf(program: Command, key: string, context: CliContext): FoundSetting {
  const { command, name } = ownerOf(program, key);
  const found = findSetting(command, name, context.env, readConfig());
  // "top" is not "analyze.top".
  if (found === null || (found.key !== key && !key.includes('.'))) throw notSet(key);
  return found;
}

function listText(program: Command, asJson: boolean, context: CliContext): string {
  const settings = settingsOf(commandsWithOptions(program), context.env, readConfig());
  const file = userConfigFile();
  if (asJson) return `${jsonText({ schema_version: SCHEMA_VERSION, file, settings })}\n`;
  const width = Math.max(...settings.map(({ key }) => key.length));
  const values = settings.map(({ value }) => (value === null ? '-' : safeText(String(value))));
  const valueWidth = Math.max(...values.map((value) => value.length));
  const lines = settings.map(({ key, origin }, i) => {
    return ` ${key.padEnd(width)}  ${values[i]!.padEnd(valueWidth)}  ${safeText(origin ?? 'not set')}`.trimEnd();
  });
  return `${lines.join('\n')}\n\n settings are stored in ${safeText(file)}\n`;
}

interface ListedSetting {
  key: string;
  value: string | null;
  origin: string | null;
}

/** The general settings, and those of single commands that are set. */
function settingsOf(commands: readonly Command[], env: CliContext['env'], config: Config): ListedSetting[] {
  const listed = new Map<string, ListedSetting>();
  for (const command of commands) {
    for (const name of settableOptions(command).keys()) {
      const found = findSetting(command, name, env, config);
      const key = found === null ? name : found.key;
      if (found !== null) listed.set(key, { key, value: found.text, origin: found.origin });
      else if (!listed.has(key)) listed.set(key, { key, value: null, origin: null });
    }
  }
  return [...listed.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

function storedValue(text: string, takesValue: boolean): SettingValue {
  if (takesValue) return /^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text;
  return /^(true|yes|on|1)$/i.test(text.trim());
}

function notSet(key: string): DpiError {
  return new DpiError('not-set', `'${key}' is not set; 'dpi config list' shows all settings`);
}

async function print(text: string, { stdout }: CliContext): Promise<void> {
  const output = new StreamOutput(stdout);
  output.write(text);
  await output.commit();
  process.exitCode = EXIT_DONE;
}
