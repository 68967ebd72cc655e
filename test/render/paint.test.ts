import { expect, it } from 'vitest';
import { loadPaint, PLAIN } from '../../src/render/paint.js';

it('sets text off by what terminals know, and takes it back', async () => {
  const { heading, faint, bar, notable, alarm } = await loadPaint(true);
  expect([heading('a'), faint('b'), bar('c')]).toEqual(['\x1b[1ma\x1b[22m', '\x1b[2mb\x1b[22m', '\x1b[36mc\x1b[39m']);
  expect([notable('d'), alarm('e'), alarm('')]).toEqual(['\x1b[33md\x1b[39m', '\x1b[31me\x1b[39m', '']);
});

it('leaves text alone without colour', async () => {
  expect(await loadPaint(false)).toBe(PLAIN);
  const { heading, faint, bar, notable, alarm } = PLAIN;
  expect([heading, faint, bar, notable, alarm].map((paint) => paint('x'))).toEqual(['x', 'x', 'x', 'x', 'x']);
});
