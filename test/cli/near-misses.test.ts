/** Wrong options and commands: every near miss, and what users of other programs type. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runInProcess } from '../support/run-in-process.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dpi-near-'));
  writeFileSync(join(folder, 'demo.pcap'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const USAGE = 'dpi analyze [options] <capture...>';

it.each([
  [
    'analyze --block x',
    "'--block'; did you mean '--block-ip', '--block-domain', '--block-app', '--block-category', '--block-proto' or '--block-port'?",
  ],
  [
    'analyze --block=x',
    "did you mean '--block-ip', '--block-domain', '--block-app', '--block-category', '--block-proto' or '--block-port'?",
  ],
  ['filter --keep-ap X', "did you mean '--keep-ip' or '--keep-app'?"],
  ['analyze --jsn x', "did you mean '--json'?"],
  ['analyze --max-name 3', "did you mean '--max-names'?"],
  ['analyze --format json x', "the format is chosen with '--json', '--ndjson', '--csv' or '--html'"],
  ['analyze -T json x', "the format is chosen with '--json', '--ndjson' or '--csv'"],
  ['analyze -j x', "the format is chosen with '--json'"],
  ['analyze -r x.pcap', `a capture needs no option: ${USAGE}`],
  ['analyze -nr x.pcap', 'it is not needed: dpi never looks names up'],
  ['analyze -n x.pcap', 'it is not needed: dpi never looks names up'],
  ['analyze -Y http x.pcap', 'there are no display filters; choose'],
  ['analyze -v x.pcap', "bytes and reasons are shown by '--explain'"],
  ['apps -v', "'dpi --version' prints the version"],
  ['analyze -w out.pcap x.pcap', "'dpi filter' writes captures"],
  ['analyze -i eth0', "'dpi live' watches an interface"],
  ['live -s 100', "did you mean '--snaplen'?"],
  ['live -f tcp', "did you mean '--filter'?"],
  ['--json analyze x', 'it belongs behind the command: dpi analyze --json'],
  ['--json x', "options stand behind a command, as in 'dpi analyze --json capture.pcap'"],
  ['rules rm x', "unknown command 'rm'; did you mean 'remove'?"],
  ['rules delete x', "did you mean 'remove'?"],
  ['rules show', "did you mean 'list'?"],
  ['rules block x', "did you mean 'add'?"],
  ['analyse x', "did you mean 'analyze'?"],
  ['help analyse', "did you mean 'analyze'?"],
  ['help rules rm', "did you mean 'remove'?"],
  ['capture eth0', "did you mean 'live'?"],
  ['i.ytimg.com', "did you mean 'dpi apps i.ytimg.com'?"],
])('dpi %s', async (line, expected) => {
  const { stdout, stderr, exitCode } = await runInProcess(line.split(' '));
  expect([stdout, exitCode]).toEqual(['', 2]);
  expect(stderr).toContain(expected);
  expect(stderr.trimEnd()).not.toContain('\n');
});

it('knows a forgotten value by the file in its place', async () => {
  const file = join(folder, 'demo.pcap');
  const { stderr, exitCode } = await runInProcess(['analyze', '--block-app', file]);
  expect(exitCode).toBe(2);
  expect(stderr).toBe(
    `dpi: --block-app takes an app, and '${file}' is a file; usage: dpi analyze --block-app <app> <capture...>\n`,
  );
  const { stderr: of } = await runInProcess(['filter', '--keep-ip', file]);
  expect(of).toContain(`--keep-ip takes an address, and '${file}' is a file; usage: dpi filter --keep-ip <address>`);
  // A file is what --apps takes.
  expect((await runInProcess(['analyze', '--apps', file])).stderr).toContain("missing required argument 'capture'");
});

it.each([['-v'], ['-V'], ['--version']])('%s prints the version', async (flag) => {
  const { stdout, exitCode } = await runInProcess([flag]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(exitCode).toBe(0);
});
