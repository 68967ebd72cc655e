import { type Command, Option } from 'commander';
import type { RuleType } from '../../core/policy/rule.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { loadPaint } from '../../render/paint.js';
import type { CliContext } from '../context.js';
import { EXIT_DONE } from '../exit-codes.js';
import { addGroup, addGuide, type Guide, OUTPUT_GROUP } from '../help.js';
import { addPagerOption, wholeNumber } from '../options.js';
import { terminalWidth, wantsColour } from '../terminal.js';
import { openTextOutput } from '../text-output.js';
import { writeRulesJson } from './sorted-rules.js';
import { addRulesOptions, type RulesFlags, withStore } from './store-options.js';

/** Rows of the table: more than a screen, less than a long wait. */
const DEFAULT_TOP = 100;

interface ListFlags extends RulesFlags {
  type?: RuleType;
  top: number;
  all?: boolean;
  pager: boolean;
}

const GUIDE: Guide = {
  examples: [
    ['dpi rules list --type domain'],
    [`dpi rules list --json |\n  jq -r '.rules[] | select(.action == "allow").id'`],
  ],
};

export function configureList(command: Command, context: CliContext): void {
  command.addOption(new Option('--type <type>', 'list only rules of this type').choices(RULE_TYPES));
  addGroup(command, OUTPUT_GROUP, () => {
    command
      .option('--top <n>', 'rows of the table', wholeNumber('--top'), DEFAULT_TOP)
      .option('--all', 'show all rows of the table');
  });
  addPagerOption(command);
  addRulesOptions(command);
  addGuide(command, GUIDE);
  command.action(async (flags: ListFlags) => {
    const { store, version, groups } = await withStore(flags, context, async (one) => {
      return { ...(await one.load()), store: one.describe() };
    });
    const chosen = flags.type === undefined ? groups : groups.filter(({ type }) => type === flags.type);
    const output = await openTextOutput(context, flags.pager && !flags.json);
    if (flags.json) await writeRulesJson(output, store, version, chosen);
    else {
      const { ruleListLines } = await import('./list-table.js');
      const { stdout, stderr, env } = context;
      const width = terminalWidth(stdout, stderr, env);
      const paint = await loadPaint(wantsColour(stdout, env, flags.color));
      const top = flags.all ? Number.POSITIVE_INFINITY : flags.top;
      for (const line of ruleListLines(chosen, store, { width, paint, top })) output.write(`${line}\n`);
    }
    await output.commit();
    process.exitCode = EXIT_DONE;
  });
}
