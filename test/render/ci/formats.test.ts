/** Findings in the formats of continuous integration, with names from hostile captures. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { githubText } from '../../../src/render/ci/github.js';
import { junitText } from '../../../src/render/ci/junit.js';
import { codeSpan, markdownText } from '../../../src/render/ci/markdown.js';
import { sarifText } from '../../../src/render/ci/sarif.js';
import { junitProblems } from './junit-rules.js';
import { check, HOSTILE, proof, report, sarifProblems } from './some-report.js';

const USUAL = report(
  [
    check('evil.example'),
    check('far.example', {
      proofs: [proof({ input: 1, frame: 12 }), proof({ id: 60, packet: null })],
      amount: { connections: 9, packets: 90, bytes: 9000 },
      place: { file: 'ci/network snap.json', line: 7 },
    }),
    check('gone.example', { proofs: [], amount: null, place: { file: 'ci/network snap.json', line: 9 } }),
    check('good.example', { isFailed: false }),
  ],
  {
    inputs: [
      { name: 'run.pcap', packets: 703 },
      { name: '-', packets: 4 },
    ],
    warnings: ['run.pcap was cut short'],
  },
);
const HOSTILE_REPORT = report(
  HOSTILE.map((name) => check(name)),
  { warnings: [...HOSTILE], inputs: HOSTILE.map((name) => ({ name, packets: 1 })) },
);

describe.each([
  ['sarif', sarifText],
  ['junit', junitText],
  ['github', githubText],
  ['markdown', markdownText],
])('%s', (format, toText) => {
  it('shows findings, their packets and warnings', async () => {
    await expect(toText(USUAL)).toMatchFileSnapshot(`golden/usual.${format}.txt`);
  });

  it('shows hostile names without what they try', async () => {
    await expect(toText(HOSTILE_REPORT)).toMatchFileSnapshot(`golden/hostile.${format}.txt`);
    expect(toText(HOSTILE_REPORT)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('shows that nothing was found', () => {
    const text = toText(report([check('good.example', { isFailed: false })]));
    expect(text).not.toContain('error::');
    if (format === 'markdown') expect(text).toContain('nothing found');
  });
});

describe('sarif', () => {
  it('follows the schema of OASIS, whatever the names', () => {
    expect(sarifProblems(sarifText(USUAL))).toEqual([]);
    expect(sarifProblems(sarifText(HOSTILE_REPORT))).toEqual([]);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }), (names) => {
        expect(sarifProblems(sarifText(report(names.map((name) => check(name)))))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('has a schema that finds mistakes', () => {
    expect(sarifProblems(sarifText(USUAL).replace('"runs"', '"run"'))).not.toEqual([]);
  });
});

describe('junit', () => {
  it('follows the rules of the schema that Jenkins publishes, whatever the names', () => {
    expect(junitProblems(junitText(USUAL))).toEqual([]);
    expect(junitProblems(junitText(HOSTILE_REPORT))).toEqual([]);
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }), (names) => {
        expect(junitProblems(junitText(report(names.map((name) => check(name)))))).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['<testsuites><testcase name="x"/></testsuites>', 'testsuites has testcase'],
    ['<testsuite tests="1"/>', 'testsuite lacks name'],
    ['<testsuite name="x" tests="1" failures="0"/>', 'testsuite lacks errors'],
    ['<testsuite name="x" tests="one"/>', 'tests of testsuite is one'],
    ['<testcase name="x" file="a.json"/>', 'testcase has file'],
    ['<testsuite name="a&b" tests="1"/>', 'not well-formed'],
  ])('has rules that find the mistake in %s', (xml, problem) => {
    expect(junitProblems(xml).join()).toContain(problem);
  });
});

describe('github', () => {
  it('prints one command a line, whatever the names', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const lines = githubText(report([check(name, { place: { file: name, line: 3 } })])).split('\n');
        expect(lines).toHaveLength(2);
        expect(lines[0]).toMatch(/^::error file=[^:,]*,line=3,title=[^:,]*::[^\r\n]*$/);
      }),
    );
  });

  it('prints ten annotations at most, as GitHub shows', () => {
    const lines = githubText(report(Array.from({ length: 30 }, (_, i) => check(`h${i}.example`))))
      .trim()
      .split('\n');
    expect(lines).toHaveLength(10);
    expect(lines[9]).toContain('21 more findings');
  });
});

describe('markdown', () => {
  it('keeps names inside their code spans and cells', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const span = codeSpan(name);
        const fence = /^`+/.exec(span)![0];
        expect(span.length).toBeGreaterThan(2 * fence.length);
        expect(span.endsWith(fence)).toBe(true);
        const inside = span.slice(fence.length, -fence.length);
        expect(inside.match(/`+/g) ?? []).not.toContain(fence);
        expect(span).not.toMatch(/(?<!\\)\||[\r\n]/);
      }),
    );
  });
});
