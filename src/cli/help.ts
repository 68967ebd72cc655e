import type { Command, HelpConfiguration, Option } from 'commander';
import { wrapWords } from '../render/text-width.js';

/** A command line and what it is for; a command line may have several lines. */
type Example = readonly [command: string, purpose?: string];

/** The part of a command's help that is not about its arguments and options. */
export interface Guide {
  /** Paragraphs, with an empty line between them; lines that begin with a blank stay as they are. Long help only. */
  readonly about?: string;
  readonly examples: readonly Example[];
  /** The last paragraph. Long help only. */
  readonly exitCodes?: string;
}

/** `-h` shows the short help, `--help` the long one. */
export interface HelpStyle extends HelpConfiguration {
  readonly helpWidth: number;
  readonly isShort: boolean;
}

export const OUTPUT_GROUP = 'Output:';
export const SELECTION_GROUP = 'Select connections (one value of each option must fit):';
export const RULES_GROUP = 'Rules:';
export const KEEP_GROUP = 'Keep instead of block:';
export const LIMITS_GROUP = 'Limits (the report says when one was reached):';
/** Left out of the short help: alike for many commands, and rarely needed. */
const LONG_ONLY: readonly string[] = [SELECTION_GROUP, RULES_GROUP, KEEP_GROUP, LIMITS_GROUP];

/** Help that commander has no place for. */
const GUIDES = new WeakMap<Command, Guide>();

/** Between an example and its purpose. */
const GAP = '  ';
const INDENT = '  ';
const PURPOSE_INDENT = 6;

/** How the help of all commands is laid out, in lines of at most `width` columns. */
export function helpStyle(width: number, isShort: boolean): HelpStyle {
  return {
    helpWidth: width,
    isShort,
    minWidthToWrap: 20,
    commandDescription(command) {
      const guide = GUIDES.get(command);
      if (!isShort || guide === undefined) return command.description();
      return `${command.description()}\n\n${exampleBlock(guide, width).join('\n')}`;
    },
    visibleOptions(command) {
      const options = command.options.filter((option) => !option.hidden && !(isShort && isLongOnly(option)));
      return [...options, command.createOption('-h, --help', 'show the short (-h) or the full help (--help)')];
    },
  };
}

/** Puts the options that `add` adds under one heading of the help. */
export function addGroup(command: Command, heading: string, add: () => void): void {
  const outer = command.optionsGroup();
  command.optionsGroup(heading);
  add();
  command.optionsGroup(outer);
}

/** Adds `guide` to a command's help. The short help has the examples before the options, the full one below them. */
export function addGuide(command: Command, guide: Guide): void {
  GUIDES.set(command, guide);
  command.addHelpText('after', () => guideText(command, guide));
}

/** The guide of a command; undefined where it has none. */
export function guideOf(command: Command): Guide | undefined {
  return GUIDES.get(command);
}

function guideText(command: Command, { about, examples, exitCodes }: Guide): string {
  const { helpWidth: width, isShort } = command.configureHelp() as HelpStyle;
  const blocks: string[][] = [];
  if (about !== undefined && !isShort)
    blocks.push(
      ...about
        .trim()
        .split('\n\n')
        .map((text) => paragraph(text, width)),
    );
  if (!isShort) blocks.push(exampleBlock({ examples }, width));
  if (exitCodes !== undefined && !isShort) blocks.push(wrapWords(`Exit codes: ${exitCodes}`.split(' '), ' ', width, 0));
  const hidden = isShort ? hiddenText(command, [about, exitCodes]) : null;
  if (hidden !== null) blocks.push(paragraph(`'${commandPath(command)} --help' shows ${hidden}.`, width));
  if (blocks.length === 0) return '';
  return `\n${blocks.map((lines) => lines.join('\n')).join('\n\n')}`;
}

function exampleBlock({ examples }: Guide, width: number): string[] {
  return ['Examples:', ...exampleLines(examples, width)];
}

/** The names of a command and those above it: "dpi rules add". */
export function commandPath(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one !== null; one = one.parent) names.unshift(one.name());
  return names.join(' ');
}

/** What the short help leaves out; null when that is nothing. */
function hiddenText(command: Command, texts: readonly (string | undefined)[]): string | null {
  const groups = command.options.filter(isLongOnly).map((option) => option.helpGroupHeading);
  const words = LONG_ONLY.filter((group) => group !== KEEP_GROUP && groups.includes(group)).map(wordFor);
  if (words.length > 0) return `all options, also those for ${listText(words)}`;
  return texts.some((text) => text !== undefined) ? 'the details' : null;
}

function wordFor(heading: string): string {
  return heading === SELECTION_GROUP ? 'selecting' : /^\w+/.exec(heading)![0].toLowerCase();
}

/** "rules and limits", "selecting, rules and limits". */
function listText(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function isLongOnly(option: Option): boolean {
  return LONG_ONLY.includes(option.helpGroupHeading ?? '');
}

/** Wraps lines that belong together; those that begin with a blank stay as they are. */
function paragraph(text: string, width: number): string[] {
  if (/^ /m.test(text)) return text.split('\n');
  return wrapWords(text.split(/\s+/), ' ', width, 0);
}

function exampleLines(examples: readonly Example[], width: number): string[] {
  const column = purposeColumn(examples, width);
  return examples.flatMap(([command, purpose]) => {
    if (purpose !== undefined && command.length <= column) return [INDENT + command.padEnd(column) + GAP + purpose];
    const lines = command.split('\n').map((line) => INDENT + line);
    const indent = ' '.repeat(PURPOSE_INDENT);
    const below = purpose === undefined ? [] : wrapWords(purpose.split(' '), ' ', width - PURPOSE_INDENT, 0);
    return [...lines, ...below.map((line) => indent + line)];
  });
}

/** Columns for the examples that have their purposes beside them: as many as leave room for those. */
function purposeColumn(examples: readonly Example[], width: number): number {
  const room = width - INDENT.length - GAP.length;
  const fits = (column: number) =>
    examples.every(([command, purpose = '']) => command.length > column || column + purpose.length <= room);
  const widths = examples.flatMap(([command, purpose]) => (purpose === undefined ? [] : [command.length]));
  return Math.max(0, ...widths.filter(fits));
}
