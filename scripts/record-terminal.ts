/** Writes what terminals show into test/cli/recordings: `npx tsx scripts/record-terminal.ts`, after a build. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { RECORDINGS, Recorder } from '../test/support/terminal-recording.js';

const FOLDER = resolve(import.meta.dirname, '../test/cli/recordings');

async function recordAll(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const recorder = new Recorder();
  try {
    for (const recording of RECORDINGS) {
      writeFileSync(`${FOLDER}/${recording.name}.txt`, await recorder.record(recording));
    }
  } finally {
    recorder.close();
  }
}

await recordAll();
