import { DpiError } from '../common/error.js';
import { shortened } from '../common/shortened.js';

/** A mistake in an expression, with its place. `at` and `end` are offsets in UTF-16 units, half-open. */
export class WhereError extends DpiError {
  constructor(expression: string, at: number, end: number, problem: string) {
    super('bad-where', `column ${at + 1}: ${shortened(problem)}`, { excerpt: { text: expression, at, end } });
    this.name = 'WhereError';
  }
}
