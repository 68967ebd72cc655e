import type { Rule } from '../../../core/policy/rule.js';

/** A target format of `rules export`. */
export interface ExportFormat {
  readonly name: string;
  /** For `--help`. */
  readonly description: string;
  /**
   * The lines of the file. `leaveOut` is told of each rule that the format can't express, or only in part, with the
   * rest of the sentence "3 rules …".
   */
  write(rules: readonly Rule[], leaveOut: (rule: Rule, reason: string) => void): Iterable<string>;
}

export function commentLines(rules: readonly Rule[], mark: string): string[] {
  return [`${mark} ${rules.length} rules exported by dpi`];
}
