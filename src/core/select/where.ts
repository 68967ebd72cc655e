import type { AppTable } from '../classify/app-table.js';
import { COMPARISONS, contains, equalsAny, equalsNone, isNull, isOrdered } from './comparison.js';
import { appHint, type Field, Fields, type Need, needsOf } from './fields.js';
import { nearWords } from './near-words.js';
import type { Selects } from './selects.js';
import { type Equals, VALUE_TYPES } from './value-types.js';
import { WhereError } from './where-error.js';
import { type Token, tokensOf } from './where-tokens.js';

/** Longer expressions are refused, and so are deeper ones: each level is a call. */
const MAX_LEN = 10_000;
const MAX_DEPTH = 100;
const NULL = 'null';

/** An expression that was read. */
export interface Where {
  readonly selects: Selects;
  /** What its fields are empty without. */
  readonly needs: ReadonlySet<Need>;
}

/**
 * Reads a `--where` expression:
 *
 *     either     = both *( "or" both )
 *     both       = term *( "and" term )
 *     term       = "not" term / "(" either ")" / comparison
 *     comparison = field sign value / field ["not"] "in" ( value / "(" value *( "," value ) ")" ) / boolean field
 *
 * Signs are == != < <= > >= ~ !~. Throws WhereError, which has the place.
 */
export function parseWhere(expression: string, apps: AppTable): Where {
  return new WhereParser(expression, apps).parse();
}

class WhereParser {
  private readonly tokens: readonly Token[];
  private readonly fields: Fields;
  private next = 0;
  private depth = 0;
  private readonly needs = new Set<Need>();

  constructor(
    private readonly expression: string,
    private readonly apps: AppTable,
  ) {
    if (expression.length > MAX_LEN) {
      throw new WhereError(
        expression,
        MAX_LEN,
        expression.length,
        `the expression is longer than ${MAX_LEN} characters`,
      );
    }
    this.tokens = tokensOf(expression);
    this.fields = new Fields(apps);
  }

  parse(): Where {
    const selects = this.either();
    const rest = this.token;
    if (rest.kind !== 'end') throw this.error(rest, `expected 'and' or 'or' before ${quoted(rest)}`);
    return { selects, needs: this.needs };
  }

  private get token(): Token {
    return this.tokens[this.next]!;
  }

  private either(): Selects {
    const any = [this.both()];
    while (this.skipWord('or', '||')) any.push(this.both());
    if (any.length === 1) return any[0]!;
    return (connection, begin) => any.some((selects) => selects(connection, begin));
  }

  private both(): Selects {
    const all = [this.term()];
    while (this.skipWord('and', '&&')) all.push(this.term());
    if (all.length === 1) return all[0]!;
    return (connection, begin) => all.every((selects) => selects(connection, begin));
  }

  private term(): Selects {
    const first = this.token;
    if (++this.depth > MAX_DEPTH)
      throw this.error(first, `the expression is nested more than ${MAX_DEPTH} levels deep`);
    let selects: Selects;
    if (this.skipWord('not', '!')) {
      const inner = this.term();
      selects = (connection, begin) => !inner(connection, begin);
    } else if (this.skipSign('(')) {
      selects = this.either();
      if (!this.skipSign(')')) throw this.error(this.token, `expected ')' for the '(' in column ${first.start + 1}`);
    } else selects = this.comparison();
    this.depth--;
    return selects;
  }

  private comparison(): Selects {
    const field = this.field();
    if (this.skipWord('in')) return equalsAny(field, this.list(field));
    if (this.token.kind === 'word' && this.token.text.toLowerCase() === 'not') {
      this.next++;
      if (!this.skipWord('in')) throw this.error(this.token, "expected 'in' after 'not'");
      return equalsNone(field, this.list(field));
    }
    const sign = this.token.kind === 'sign' ? COMPARISONS.get(this.token.text) : undefined;
    if (sign === undefined) {
      if (field.type === VALUE_TYPES.boolean) return equalsAny(field, [VALUE_TYPES.boolean.equality('true')!]);
      throw this.error(this.token, `expected a comparison after '${field.name}': == != < <= > >= ~ or in`);
    }
    const signToken = this.token;
    this.next++;
    const written = this.value(field);
    if (written.kind === 'word' && written.text.toLowerCase() === NULL) {
      const isMissing = isNull(field);
      if (sign === '==') return isMissing;
      if (sign === '!=') return (connection, begin) => !isMissing(connection, begin);
      throw this.error(signToken, 'null can be compared by == and != only');
    }
    if (sign === '==') return equalsAny(field, [this.equality(field, written)]);
    if (sign === '!=') return equalsNone(field, [this.equality(field, written)]);
    if (sign === '~' || sign === '!~') {
      if (!field.type.isText) throw this.error(signToken, `'${field.name}' is no text for ~ to look into`);
      return (sign === '~' ? equalsAny : equalsNone)(field, [contains(written.text)]);
    }
    if (field.type.difference === undefined) throw this.error(signToken, `'${field.name}' has no order`);
    const difference = field.type.difference(written.text);
    if (difference === null) throw this.badValue(field, written);
    return isOrdered(field, sign, difference);
  }

  private field(): Field {
    const { token } = this;
    if (token.kind !== 'word') {
      const found = token.kind === 'end' ? 'the expression ends' : `${quoted(token)} stands`;
      throw this.error(token, `${found} where a field such as bytes or domain is expected`);
    }
    const field = this.fields.get(token.text);
    if (field === undefined) {
      const near = nearWords(token.text, this.fields.names);
      const hint = near.length > 0 ? `did you mean ${near.join(' or ')}? ` : '';
      throw this.error(token, `there is no field '${token.text}'; ${hint}'dpi schema report' describes them`);
    }
    this.next++;
    for (const need of needsOf(field.name)) this.needs.add(need);
    return field;
  }

  private list(field: Field): Equals[] {
    if (!this.skipSign('(')) return [this.equality(field, this.value(field))];
    const any: Equals[] = [];
    do any.push(this.equality(field, this.value(field)));
    while (this.skipSign(','));
    if (!this.skipSign(')')) throw this.error(this.token, "expected ',' or ')' in the list");
    return any;
  }

  private value(field: Field): Token {
    const { token } = this;
    if (token.kind === 'end' || token.kind === 'sign') {
      const found = token.kind === 'end' ? 'the expression ends' : `${quoted(token)} stands`;
      throw this.error(token, `${found} where ${field.type.expected} is expected for '${field.name}'`);
    }
    this.next++;
    return token;
  }

  private equality(field: Field, written: Token): Equals {
    const equals = field.type.equality(written.text);
    if (equals === null) throw this.badValue(field, written);
    return equals;
  }

  private badValue(field: Field, written: Token): WhereError {
    const hint = field.name === 'app' ? `; ${appHint(this.apps, written.text)}` : '';
    return this.error(written, `'${field.name}' takes ${field.type.expected}, not '${written.text}'${hint}`);
  }

  /** Skips one of the words, in any case, or signs. */
  private skipWord(...words: readonly string[]): boolean {
    const { kind, text } = this.token;
    if ((kind !== 'word' && kind !== 'sign') || !words.includes(text.toLowerCase())) return false;
    this.next++;
    return true;
  }

  private skipSign(sign: string): boolean {
    if (this.token.kind !== 'sign' || this.token.text !== sign) return false;
    this.next++;
    return true;
  }

  private error({ start, end }: Token, problem: string): WhereError {
    return new WhereError(this.expression, start, end, problem);
  }
}

function quoted({ kind, text }: Token): string {
  return kind === 'end' ? 'the end' : `'${text}'`;
}
