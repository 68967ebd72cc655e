import { WhereError } from './where-error.js';

/** A word, a quoted text or a sign of an expression; `end` is behind the last. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'sign' | 'end';
  /** Without quotes. */
  readonly text: string;
  /** Offsets in the expression, half-open. */
  readonly start: number;
  readonly end: number;
}

const SIGN = /^(?:&&|\|\||==|!=|<>|<=|>=|!~|[=<>~!(),])/;
/** Names, numbers, addresses, prefixes, times, globs. */
const WORD = /^[^\s()<>=!~,&|"']+/;

/** The tokens of `expression`, the last one of kind `end`. Throws WhereError. */
export function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; ; ) {
    while (at < expression.length && /\s/.test(expression[at]!)) at++;
    if (at === expression.length) {
      tokens.push({ kind: 'end', text: '', start: at, end: at });
      return tokens;
    }
    const token = tokenAt(expression, at);
    tokens.push(token);
    at = token.end;
  }
}

function tokenAt(expression: string, start: number): Token {
  const rest = expression.slice(start);
  const first = rest[0]!;
  if (first === '"' || first === "'") return quotedAt(expression, start, first);
  const sign = SIGN.exec(rest)?.[0];
  if (sign !== undefined) return { kind: 'sign', text: sign, start, end: start + sign.length };
  const word = WORD.exec(rest)?.[0];
  if (word === undefined) throw new WhereError(expression, start, start + 1, `'${first}' has no meaning here`);
  return { kind: 'word', text: word, start, end: start + word.length };
}

/** A backslash takes the next character as it is. */
function quotedAt(expression: string, start: number, quote: string): Token {
  let text = '';
  for (let at = start + 1; at < expression.length; at++) {
    const char = expression[at]!;
    if (char === quote) return { kind: 'quoted', text, start, end: at + 1 };
    if (char === '\\' && at + 1 < expression.length) at++;
    text += expression[at];
  }
  throw new WhereError(expression, start, expression.length, `the text has no closing ${quote}`);
}
