import type { RuleAction, RuleType } from '../../../core/policy/rule.js';

/** Takes what a list says, line by line. */
export interface ListSink {
  rule(type: RuleType, action: RuleAction, value: string): void;
  /** The line can't be expressed as a rule; `reason` completes "line 3: …". */
  reject(reason: string): void;
}

/** A kind of block list, read line by line. */
export interface ListFormat {
  readonly name: string;
  /** How surely a line of an unknown list is in this format: 0 not at all, 1 could be, 2 nothing else looks so. */
  likelihood(line: string): number;
  /** `line` has no line end and no blanks around it, and is not empty. */
  parseLine(line: string, sink: ListSink): void;
}
