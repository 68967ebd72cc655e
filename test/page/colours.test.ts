/** The colours of labels: readers with any kind of colour vision can tell them apart, and see them on the ground. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Colours } from '../../src/page/data/label-colours.js';

const css = readFileSync(resolve(import.meta.dirname, '../../src/page/page.css'), 'utf8');
const [light, dark] = css.split('@media screen and (prefers-color-scheme: dark)').map(variables) as [Colors, Colors];

type Color = readonly [number, number, number];
type Colors = ReadonlyMap<string, Color>;

/** Linear RGB of the custom properties that are colours, the first of each name. */
function variables(text: string): Colors {
  const found = new Map<string, Color>();
  for (const [, name, value] of text.matchAll(/--([\w-]+): #([0-9a-f]{6});/g)) {
    const channels = [0, 2, 4].map((at) => linear(Number.parseInt(value!.slice(at, at + 2), 16) / 255));
    if (!found.has(name!)) found.set(name!, channels as unknown as Color);
  }
  return found;
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

/** Machado, Oliveira, Fernandes (2009), severity 1. */
const VISIONS: Readonly<Record<string, readonly Color[]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function seen(color: Color, vision: readonly Color[]): Color {
  return vision.map((row) => clamped(row.reduce((sum, factor, i) => sum + factor * color[i]!, 0))) as unknown as Color;
}

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Oklab (Ottosson, 2020), in which equal distances look equal. */
function oklab([r, g, b]: Color): Color {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function contrast(a: Color, b: Color): number {
  const [high, low] = [a, b]
    .map(([r, g, bl]) => 0.2126 * r + 0.7152 * g + 0.0722 * bl + 0.05)
    .toSorted((x, y) => y - x);
  return high! / low!;
}

describe.each([
  ['light', light],
  ['dark', dark],
])('the %s palette', (_, colors) => {
  const labels = Array.from({ length: 8 }, (_unused, i) => colors.get(`c${i}`)!);

  it.each(Object.entries(VISIONS))('is told apart with %s vision', (_name, vision) => {
    const seenAs = labels.map((color) => oklab(seen(color, vision)));
    const distances = seenAs.flatMap((a, i) =>
      seenAs.slice(0, i).map((b) => Math.hypot(...a.map((n, k) => n - b[k]!))),
    );
    // The palette of Okabe and Ito reaches 0.076.
    expect(Math.min(...distances)).toBeGreaterThan(0.09);
  });

  it('stands out from the ground (WCAG 1.4.11), and text more so (1.4.3)', () => {
    const [surface, ground, raised] = ['surface', 'ground', 'raised'].map((name) => colors.get(name)!);
    for (const color of labels) expect(contrast(color, surface!)).toBeGreaterThan(3);
    for (const name of ['text', 'faint', 'accent']) {
      for (const under of [surface!, ground!, raised!]) expect(contrast(colors.get(name)!, under)).toBeGreaterThan(4.5);
    }
    expect(contrast(colors.get('trouble')!, colors.get('trouble-ground')!)).toBeGreaterThan(4.5);
  });
});

it('gives the largest labels a colour each, and never one to what is unknown', () => {
  const names = Array.from({ length: 12 }, (_, i) => `L${i}`);
  const colours = new Colours(['unknown', ...names]);
  expect(names.map((name) => colours.of(name))).toEqual([
    ...Array.from({ length: 8 }, (_, i) => `c${i}`),
    ...Array.from({ length: 4 }, () => 'c-other'),
  ]);
  expect(colours.of('unknown')).toBe('c-unknown');
});
