import type { Rule } from '../../../core/policy/rule.js';
import { pluralText } from '../../../render/quantities.js';

/** A target format of `rules export`. */
export interface ExportFormat {
  readonly name: string;
  /** What a comment begins with. */
  readonly commentMark: string;
  /** Rules for the names or the addresses of an app stand in for a rule on the app. */
  readonly appsAs: 'domain' | 'ip';
  /** For `--help`. */
  readonly description: string;
  /**
   * The lines of the file below the first. Calls `leaveOut` for each rule that the format can't express, or only in
   * part, with the rest of the sentence "3 rules …".
   */
  write(rules: readonly Rule[], leaveOut: (rule: Rule, reason: string) => void): Iterable<string>;
}

/** The first line of a file in which a comment begins with `mark`. */
export function commentLine(mark: string, written: number): string {
  return `${mark} ${pluralText(written, 'rule')} exported by dpi`;
}
