/** The hash of the page's address. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FACET_NAMES } from '../../src/page/data/facets.js';
import { stateFromHash, stateToHash } from '../../src/page/data/page-address.js';
import { type Criterion, only, toggled, widened, withPeriod, withSearch } from '../../src/page/data/selection.js';

/** Without lone surrogates, which no address can hold and no report has. */
const text = fc.string({ unit: 'binary', maxLength: 40 }).map((value) => Buffer.from(value).toString());
const micros = fc.integer({ min: 0, max: 4e15 }).map((n) => n / 1e6);
const criterion: fc.Arbitrary<Criterion> = fc.oneof(
  fc.record({ kind: fc.constantFrom(...FACET_NAMES), value: text }),
  fc.record({ kind: fc.constant('search' as const), text }),
  fc
    .tuple(micros, micros)
    .map(([a, b]) => ({ kind: 'period' as const, period: { from: Math.min(a, b), to: Math.max(a, b) } })),
);

describe('the address', () => {
  it('keeps every selection', () => {
    const states = fc.record({
      selection: fc.array(criterion, { maxLength: 20 }),
      connection: fc.option(fc.nat()),
    });
    fc.assert(
      fc.property(states, (state) => {
        expect(stateFromHash(stateToHash(state))).toEqual(state);
      }),
    );
  });

  it('leaves out what it does not know', () => {
    expect(stateFromHash('#other=1&period=9-1&period=x&connection=-1&label=YOUTUBE&__proto__=1')).toEqual({
      selection: [{ kind: 'label', value: 'YOUTUBE' }],
      connection: null,
    });
  });

  it('survives any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (hash) => void stateFromHash(hash)));
  });
});

describe('a selection', () => {
  const youtube = toggled([], 'label', 'YOUTUBE');

  it('is toggled, narrowed and widened', () => {
    expect(toggled(youtube, 'label', 'YOUTUBE')).toEqual([]);
    expect(only(toggled(youtube, 'label', 'DISCORD'), 'label', 'ssh')).toEqual([{ kind: 'label', value: 'ssh' }]);
    expect(widened(toggled(youtube, 'host', '192.0.2.1'))).toEqual(youtube);
    expect(widened([])).toEqual([]);
  });

  it('has one period and one search', () => {
    const twice = withPeriod(withPeriod(youtube, { from: 1, to: 2 }), { from: 3, to: 4 });
    expect(twice).toEqual([...youtube, { kind: 'period', period: { from: 3, to: 4 } }]);
    expect(withPeriod(twice, null)).toEqual(youtube);
    expect(withSearch(withSearch(youtube, 'a'), ' ')).toEqual(youtube);
  });
});
