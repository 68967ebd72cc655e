import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFiles, globPattern } from '../../../src/adapters/batch/find-files.js';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'dpi-find-'));
  for (const folder of ['in/a/deep', 'in/b', 'run/units']) mkdirSync(join(root, folder), { recursive: true });
  for (const name of ['in/1.pcap', 'in/a/2.pcap', 'in/a/deep/3.pcap.gz', 'in/b/4.txt', 'in/.hidden', 'run/plan.json']) {
    writeFileSync(join(root, name), '');
  }
  symlinkSync(join(root, 'in'), join(root, 'in/b/loop'));
  writeFileSync(join(root, 'list.txt'), `${join(root, 'in/1.pcap')}\r\n\n${join(root, 'in/a')}\n`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function found(...inputs: string[]): string[] {
  const names = { inputs: inputs.map((name) => name.replace('ROOT', root)), fromStdin: null };
  return findFiles(names, join(root, 'run')).map(({ path }) => path.slice(root.length + 1));
}

describe('findFiles', () => {
  it('finds files below folders, without those of the run, hidden ones and links to folders', () => {
    expect(found('ROOT')).toEqual(['in/1.pcap', 'in/a/2.pcap', 'in/a/deep/3.pcap.gz', 'in/b/4.txt', 'list.txt']);
  });

  it('finds files by name, list and glob, each once', () => {
    expect(found('ROOT/in/1.pcap', '@ROOT/list.txt')).toEqual(['in/1.pcap', 'in/a/2.pcap', 'in/a/deep/3.pcap.gz']);
    expect(found('ROOT/in/**/*.pcap')).toEqual(['in/1.pcap', 'in/a/2.pcap']);
    expect(found('ROOT/in/{a,b}')).toEqual(['in/a/2.pcap', 'in/a/deep/3.pcap.gz', 'in/b/4.txt']);
    expect(found('ROOT/in/[!2-9].pcap')).toEqual(['in/1.pcap']);
  });

  it('refuses names that lead nowhere', () => {
    expect(() => found('ROOT/nothing')).toThrow('there is no file, folder or match for');
    expect(() => found('ROOT/in/*.cap')).toThrow('there is no file, folder or match for');
    expect(() => found('@ROOT/nothing')).toThrow("can't read the list");
  });
});

describe('globPattern', () => {
  it.each([
    ['/a/*.pcap', '/a/x.pcap', true],
    ['/a/*.pcap', '/a/b/x.pcap', false],
    ['/a/**/x', '/a/x', true],
    ['/a/**/x', '/a/b/c/x', true],
    ['/a/?', '/a/bc', false],
    ['/a/[0-9]', '/a/5', true],
    ['/a/{b,c*}', '/a/cde', true],
    ['/a/{b', '/a/{b', true],
    ['/a.b', '/axb', false],
    ['/a/(x)+', '/a/(x)+', true],
  ])('%s and %s: %s', (glob, path, matches) => expect(globPattern(glob).test(path)).toBe(matches));
});
