import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { readTextFile } from '../sources/text-file.js';
import { readLaidOutRules } from './laid-out-rules.js';
import { parseRulesDocument, type RulesDocument } from './rules-document.js';

/**
 * The rules document in a file (UTF-8). `source` names it in errors. Of a regular file a few milliseconds' worth is
 * read at a time, between which the event loop turns. Rejects with what the file system throws, and with the DpiErrors
 * of `parseRulesDocument`.
 */
export async function readRulesDocument(path: string, source: string): Promise<RulesDocument> {
  const document = statSync(path).isFile() ? await readRegular(path) : null;
  return document ?? parseRulesDocument(await readTextFile(path), source);
}

/** Null for a document that must be read as a whole. */
async function readRegular(path: string): Promise<RulesDocument | null> {
  const fd = openSync(path, 'r');
  try {
    const reading = readLaidOutRules((into) => readSync(fd, into, 0, into.length, null));
    for (;;) {
      const { done, value } = reading.next();
      if (done) return value;
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    closeSync(fd);
  }
}
