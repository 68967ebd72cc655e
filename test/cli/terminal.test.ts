import { describe, expect, it } from 'vitest';
import { canRedraw, terminalWidth, wantsColour } from '../../src/cli/terminal.js';

const TERMINAL = { isTTY: true, columns: 93 };
const PIPE = {};

describe('wantsColour', () => {
  it.each([
    ['a terminal', TERMINAL, {}, true, true],
    ['a pipe', PIPE, {}, true, false],
    ['--no-color', TERMINAL, { FORCE_COLOR: '1' }, false, false],
    ['NO_COLOR', TERMINAL, { NO_COLOR: '1' }, true, false],
    ['an empty NO_COLOR', TERMINAL, { NO_COLOR: '' }, true, true],
    ['TERM=dumb', TERMINAL, { TERM: 'dumb' }, true, false],
    ['FORCE_COLOR on a pipe', PIPE, { FORCE_COLOR: '1' }, true, true],
    ['FORCE_COLOR=0', TERMINAL, { FORCE_COLOR: '0' }, true, false],
    ['FORCE_COLOR over NO_COLOR', PIPE, { FORCE_COLOR: '1', NO_COLOR: '1' }, true, true],
    ['--color always on a pipe', PIPE, { NO_COLOR: '1' }, 'always', true],
    ['--color never', TERMINAL, { FORCE_COLOR: '1' }, 'never', false],
    ['--color auto', PIPE, {}, 'auto', false],
  ] as const)('%s', (_, stream, env, option, expected) => {
    expect(wantsColour(stream, env, option)).toBe(expected);
  });
});

describe('terminalWidth', () => {
  it.each([
    ['the terminal', TERMINAL, PIPE, {}, 93],
    ['COLUMNS for a pipe', PIPE, TERMINAL, { COLUMNS: '60' }, 60],
    ['the terminal behind a pager', PIPE, TERMINAL, {}, 93],
    ['no terminal at all', PIPE, PIPE, {}, 120],
    ['nonsense in COLUMNS', PIPE, PIPE, { COLUMNS: '-3' }, 120],
    ['a tiny terminal', { isTTY: true, columns: 5 }, PIPE, {}, 20],
  ])('%s', (_, stdout, stderr, env, expected) => {
    expect(terminalWidth(stdout, stderr, env)).toBe(expected);
  });
});

it.each([
  ['a terminal', TERMINAL, { TERM: 'xterm' }, true],
  ['a dumb terminal', TERMINAL, { TERM: 'dumb' }, false],
  ['a pipe', PIPE, {}, false],
])('canRedraw: %s', (_, stream, env, expected) => {
  expect(canRedraw(stream, env)).toBe(expected);
});
