/**
 * What real terminals show: of three sizes, with and without colours, dumb, without UTF-8. After a change of the output,
 * `npx tsx scripts/record-terminal.ts` writes the recordings anew.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt } from '../support/run-cli.js';
import { RECORDINGS, Recorder } from '../support/terminal-recording.js';

let recorder: Recorder;
const screens = new Map<string, string>();
beforeAll(async () => {
  await ensureBuilt();
  recorder = new Recorder();
});
afterAll(() => recorder.close());

describe('a terminal', () => {
  it.each(RECORDINGS)('$name: $command', async (recording) => {
    const screen = await recorder.record(recording);
    screens.set(recording.name, screen);
    await expect(screen).toMatchFileSnapshot(`recordings/${recording.name}.txt`);
  });

  it('shows the report from its first line to the prompt', () => {
    const reports = [...screens].filter(([name]) => /^(demo|rules|damaged|dark|dumb|ascii)/.test(name));
    expect(reports).toHaveLength(12);
    for (const [, screen] of reports) expect(screen).toMatch(/^[^\n]*(demo|cut)\.pcap[\s\S]*\n\$\n$/);
  });

  it('shows the same on a dark and a light background, without colours that either one hides', () => {
    expect(screens.get('light-80x24')).toBe(screens.get('dark-80x24'));
    // biome-ignore lint/complexity/useRegexLiterals: a control character
    const codes = [...screens.get('dark-80x24')!.matchAll(new RegExp('\x1b\\[([\\d;]*)m', 'g'))].map(
      ([, code]) => code,
    );
    expect(codes.length).toBeGreaterThan(10);
    // Black, white, the bright ones, and any background.
    expect(codes.filter((code) => /(^|;)(30|37|4[0-7]|9[0-7]|10\d)(;|$)/.test(code!))).toEqual([]);
  });
});
