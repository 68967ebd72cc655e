import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLaidOutRules } from '../../../src/adapters/stores/laid-out-rules.js';
import { formatRulesDocument, parseRulesDocument } from '../../../src/adapters/stores/rules-document.js';
import type { RuleGroup, RuleType } from '../../../src/core/policy/rule.js';

/** Reads a text that comes in pieces of `pieceLen` bytes. */
function reading(text: string | Buffer, pieceLen = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(text);
  let at = 0;
  return readLaidOutRules((into) => {
    const len = Math.min(pieceLen, into.length, bytes.length - at);
    bytes.copy(into, 0, at, at + len);
    at += len;
    return len;
  });
}

function read(text: string | Buffer, pieceLen?: number) {
  const steps = reading(text, pieceLen);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** With its values as arrays, to be compared. */
function plain(document: Awaited<ReturnType<typeof parseRulesDocument>> | null) {
  if (document === null) return null;
  return { ...document, groups: document.groups.map((group) => ({ ...group, values: [...group.values] })) };
}

function group(type: RuleType, values: string[], more: Partial<RuleGroup> = {}): RuleGroup {
  return { type, action: 'block', values, comment: null, expiresMs: null, createdMs: 0, ...more };
}

function textOf(groups: RuleGroup[], savedMs: number | null = null): string {
  return [...formatRulesDocument({ version: 7, groups }, savedMs)].join('');
}

const SMALL = textOf(
  [
    group('domain', ['a.example', '=b.example', '*.c.example'], { comment: 'größer "]}\n    ]' }),
    group('ip', ['192.0.2.0/24', '2001:db8::/32'], { action: 'allow', createdMs: 1_700_000_000_000 }),
    group('port', ['udp/443'], { expiresMs: 2_000_000_000_000 }),
  ],
  1_800_000_000_000,
);

describe('readLaidOutRules', () => {
  it('reads what is written, as JSON does', async () => {
    const name = fc.stringMatching(/^[a-z0-9]{1,8}\.[a-z]{2,4}$/);
    const anyGroup = fc
      .tuple(
        fc.uniqueArray(name, { minLength: 1, maxLength: 30 }),
        fc.option(fc.string({ unit: 'grapheme' })),
        fc.boolean(),
      )
      .map(([values, comment, allow]) => group('domain', values, { comment, action: allow ? 'allow' : 'block' }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyGroup, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1 }),
        async (groups, len) => {
          const text = textOf(groups);
          const document = plain(read(text, len));
          expect(document).toEqual({ version: 7, savedMs: null, groups });
          expect(document).toEqual(plain(await parseRulesDocument(text, 'x')));
        },
      ),
    );
  });

  it('reads more than fits its window, whatever the pieces', async () => {
    const names = Array.from({ length: 25_000 }, (_, i) => `n${i}.example`);
    const text = textOf([group('domain', names), group('ip', ['10.0.0.0/8'])]);
    const whole = plain(await parseRulesDocument(text, 'x'));
    for (const len of [1, 7, 4096, 32_768, 1 << 20]) expect(plain(read(text, len))).toEqual(whole);
  });

  it('lets others have their turn, not for a few values', () => {
    const names = Array.from({ length: 45_000 }, (_, i) => `n${i}.example`);
    expect([...reading(textOf([group('domain', names)]))]).toHaveLength(4);
    const small = names.slice(0, 500).map((name, i) => group('domain', [name], { createdMs: i * 1000 }));
    expect([...reading(textOf(small))]).toHaveLength(0);
  });

  it('reads in pieces of any length', async () => {
    const whole = plain(await parseRulesDocument(SMALL, 'x'));
    for (let len = 1; len <= SMALL.length; len++) expect(plain(read(SMALL, len))).toEqual(whole);
  });

  it('leaves a text that ends early to others, at every length', () => {
    const bytes = Buffer.from(SMALL);
    for (let len = 0; len < bytes.length; len++) expect(read(bytes.subarray(0, len))).toBeNull();
    expect(read(bytes)).not.toBeNull();
    expect(read(`${SMALL}x`)).toBeNull();
  });

  it('never says anything else than JSON does of a text with a wrong byte or without one', async () => {
    const bytes = Buffer.from(SMALL);
    let read_ = 0;
    for (let at = 0; at < bytes.length; at++) {
      const texts = [Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])];
      for (const byte of Buffer.from('",[]{}:\n 0a\\')) {
        const changed = Buffer.from(bytes);
        changed[at] = byte;
        texts.push(changed);
      }
      for (const text of texts) {
        const document = read(text);
        if (document === null) continue;
        read_++;
        expect(plain(document)).toEqual(plain(await parseRulesDocument(text.toString('utf8'), 'x')));
      }
    }
    // Changed letters of names and comments are still rules.
    expect(read_).toBeGreaterThan(100);
  });

  it.each([
    ['another layout', JSON.stringify(JSON.parse(SMALL))],
    ['a comma too many', SMALL.replace('\n    ]}\n  ]\n}', '\n    ]},\n  ]\n}')],
    ['a comma too many among values', SMALL.replace('"udp/443"\n', '"udp/443",\n')],
    ['a comma too few', SMALL.replace('"=b.example",', '"=b.example"')],
    ['a value as well', SMALL.replace('"values":[\n      "udp/443"', '"value":"udp/1","values":[\n      "udp/443"')],
    ['values before the list', SMALL.replace('"values":[\n      "udp/443"', '"values":["udp/1",\n      "udp/443"')],
    ['a value of another kind', SMALL.replace('"udp/443"', '443')],
    ['a value that is not canonical', SMALL.replace('"udp/443"', '"UDP/443"')],
    ['a schema version of the future', SMALL.replace('"schema_version": 1', '"schema_version": 2')],
    ['a field that nobody knows', SMALL.replace('"version": 7', '"revision": 7')],
    ['no rules', textOf([])],
    ['a line longer than the window', SMALL.replace('größer', 'x'.repeat(40_000))],
    ['nothing', ''],
  ])('leaves a text with %s to others', (_, text) => {
    expect(read(text)).toBeNull();
  });
});
