import { asciiFormOf } from '../common/ascii-name.js';
import { inOneGo, type Steps } from '../common/turns.js';
import { COVERS_EXACT, coverOf, domainNameOf, isDomainPattern, parseDomainPattern } from './domain-pattern.js';
import { DomainTable } from './domain-table.js';
import type { CompiledKind, NameMatcher, RuleKind, RuleSlice } from './rule-kind.js';

/** Rules of type `domain`: the name and its subdomains, `=name` exactly it, `*.name` its subdomains only. */
export const DOMAIN_RULES: RuleKind = {
  type: 'domain',
  expected: 'a domain such as example.com, =www.example.com or *.example.com',
  looksLike: (text) => /^(=|\*\.)|[.\u3002]/.test(text),
  parse: parseDomainPattern,
  isCanonical: isDomainPattern,
  tooBroad(value, publicSuffixOf) {
    if (coverOf(value) === COVERS_EXACT) return null;
    const name = domainNameOf(value);
    return publicSuffixOf(name) === name ? `every site under the public suffix ${name}` : null;
  },
  candidates(value) {
    const name = domainNameOf(value);
    const values = [`=${name}`];
    for (let at = 0; ; ) {
      const suffix = name.slice(at);
      values.push(suffix, `*.${suffix}`);
      const dot = name.indexOf('.', at);
      if (dot === -1) return values;
      at = dot + 1;
    }
  },
  compareWidth: (a, b) => domainNameOf(b).length - domainNameOf(a).length || coverOf(b) - coverOf(a),
  compile: (slices) => inOneGo(domainMatcher(slices)),
  compileSteps: domainMatcher,
};

function* domainMatcher(slices: readonly RuleSlice[]): Steps<CompiledKind> {
  const allow = yield* DomainTable.build(slices.filter((slice) => slice.allow));
  const block = yield* DomainTable.build(slices.filter((slice) => !slice.allow));
  return { name: new DomainMatcher(allow, block) };
}

/**
 * Within one action the longest name decides; of rules for the same name, the exact one before the wider ones. A name
 * that is UTF-8 on the wire counts in its ASCII form, which rules are stored in.
 */
class DomainMatcher implements NameMatcher {
  constructor(
    private readonly allow: DomainTable,
    private readonly block: DomainTable,
  ) {}

  find(buf: Buffer, start: number, end: number): number {
    const ascii = asciiFormOf(buf, start, end);
    return ascii === null ? this.findAscii(buf, start, end) : this.findAscii(ascii, 0, ascii.length);
  }

  findAll(buf: Buffer, start: number, end: number, into: number[]): void {
    const ascii = asciiFormOf(buf, start, end);
    for (const table of [this.allow, this.block]) {
      if (ascii === null) table.findAll(buf, start, end, into);
      else table.findAll(ascii, 0, ascii.length, into);
    }
  }

  private findAscii(buf: Buffer, start: number, end: number): number {
    const allowed = this.allow.find(buf, start, end);
    return allowed >= 0 ? allowed : this.block.find(buf, start, end);
  }
}
