import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { ProgressLine, progressText } from '../../src/cli/progress.js';

function terminal(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  let text = '';
  stream.on('data', (data) => {
    text += data;
  });
  const methods = ['clearLine', 'cursorTo', 'moveCursor'] as const;
  for (const method of methods) stream[method] = (() => true) as never;
  return { stream: Object.assign(stream, { isTTY, columns: 80 }), text: () => text };
}

/** Whatever is to be drawn is by then: the package that draws is loaded, and what waits for it has run. */
async function drawn(): Promise<void> {
  await import('ora');
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
}

const STATE = { bytesRead: 450, totalLen: 1000, packets: 1_234_567 };

it('tells percent, packets, rate and time left', () => {
  expect(progressText(STATE, 2)).toBe('45%  1,234,567 packets  617 k/s  0:02 left');
  expect(progressText({ ...STATE, totalLen: null }, 2)).toBe('450 B  1,234,567 packets  617 k/s');
  expect(progressText({ bytesRead: 0, totalLen: 10, packets: 0 }, 0)).toBe('0%  0 packets  0/s');
});

it('is silent in the first second, then draws, then wipes', async () => {
  let now = 0;
  const { stream, text } = terminal(true);
  const progress = new ProgressLine(stream, false, () => now);
  now = 900;
  progress.update(STATE);
  await drawn();
  expect(text()).toBe('');
  now = 1200;
  progress.update(STATE);
  await expect.poll(text, { timeout: 5000 }).toContain('45%  1,234,567 packets');
  progress.clear();
  expect(text().endsWith('\x1b[?25h')).toBe(true);
  const before = text();
  progress.update(STATE);
  expect(text()).toBe(before);
});

it('draws nothing where stderr is no terminal', async () => {
  let now = 0;
  const { stream, text } = terminal(false);
  const progress = new ProgressLine(stream, false, () => now);
  now = 5000;
  progress.update(STATE);
  await drawn();
  expect(text()).toBe('');
});
