import { expect, it } from 'vitest';
import { describeError } from '../../src/cli/errors.js';
import { DpiError } from '../../src/core/common/error.js';

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');

it('shows a known error as a sentence', () => {
  expect(describeError(new DpiError('damaged', 'cut off at byte 12'), false, 80)).toBe('dpi: cut off at byte 12\n');
});

it('asks to report a defect, without its stack', () => {
  expect(describeError(new RangeError('out of bounds'), false, 80)).toBe(
    'dpi: internal error: out of bounds\ndpi: this is a defect of dpi; please report it with the output of DPI_DEBUG=1\n',
  );
});

it('takes whatever was thrown', () => {
  expect(describeError('a string', false, 80)).toContain('a string');
  expect(describeError(undefined, true, 80)).toContain('undefined');
});

it.each([false, true])('lets no control character through (debug %s)', (debug) => {
  for (const error of [new DpiError('x', EVERY_BYTE, { cause: new Error(EVERY_BYTE) }), new Error(EVERY_BYTE)]) {
    const text = describeError(error, debug, 80);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  }
});

it('breaks a sentence between words, and keeps a path whole', () => {
  const path = `/var/${'captures/'.repeat(12)}today.pcap`;
  const text = describeError(
    new DpiError('x', `can't read the capture file ${path}: there is no such file`),
    false,
    80,
  );
  expect(text).toBe(`dpi: can't read the capture file\n     ${path}:\n     there is no such file\n`);
});
