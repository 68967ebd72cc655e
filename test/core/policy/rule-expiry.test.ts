import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RuleError } from '../../../src/core/policy/rule.js';
import { formatMoment, formatSpan, parseExpiry, parseMoment } from '../../../src/core/policy/rule-expiry.js';

const NOW = Date.parse('2026-03-01T12:00:00Z');

function failure(text: string): [string, string] {
  try {
    parseExpiry(text, NOW);
  } catch (error) {
    expect(error).toBeInstanceOf(RuleError);
    return [(error as RuleError).code, (error as RuleError).message];
  }
  return ['', ''];
}

describe('an expiry', () => {
  it.each([
    ['90s', 90],
    ['30m', 1800],
    ['2h', 7200],
    ['7d', 604_800],
    ['4w', 2_419_200],
    [' 5 M ', 300],
  ])('%s counts from now', (text, seconds) => {
    expect(parseExpiry(text, NOW)).toBe(NOW + seconds * 1000);
  });

  it.each([
    ['2030-12-31', '2030-12-31T00:00:00Z'],
    ['2030-12-31T08:30Z', '2030-12-31T08:30:00Z'],
    ['2030-12-31T08:30:15+02:00', '2030-12-31T06:30:15Z'],
    ['2030-12-31T08:30:15.2Z', '2030-12-31T08:30:16Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59Z'],
  ])('%s is a moment, in whole seconds from then on', (text, moment) => {
    expect(formatMoment(parseExpiry(text, NOW))).toBe(moment);
  });

  it.each([
    '',
    'soon',
    '5',
    'h',
    '-1h',
    '1.5h',
    '1y',
    '12:30',
    '2030-13-01',
    '2030-02-31x',
    '999999999w',
    '31.12.2030',
  ])('%j is none', (text) => {
    const [code, message] = failure(text);
    expect(code).toBe('bad-expiry');
    expect(message).toContain(`'${text}' is not an expiry; expected 30m, 2h, 7d, 4w`);
  });

  it.each(['0s', '2026-03-01', '2026-03-01T12:00:00Z', '1970-01-01'])('%s is over', (text) => {
    expect(failure(text)).toEqual(['past-expiry', `the expiry '${text}' is not in the future`]);
  });

  it('is read back from what it is written as', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
        expect(parseMoment(formatMoment(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
    expect(parseMoment('yesterday')).toBeNaN();
  });
});

it.each([
  [-5000, '0 seconds'],
  [999, '0 seconds'],
  [1000, '1 second'],
  [59_999, '59 seconds'],
  [60_000, '1 minute'],
  [7_199_999, '1 hour'],
  [86_400_000, '1 day'],
  [1e9, '11 days'],
])('a span of %d ms is told as %s', (ms, text) => {
  expect(formatSpan(ms)).toBe(text);
});
