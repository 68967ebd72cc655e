import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { readLaidOutRules } from './laid-out-rules.js';
import { parseRulesDocument, type RulesDocument } from './rules-document.js';

/**
 * The rules document in a file (UTF-8). `source` names it in errors. A regular file is read while its caller waits; whatever
 * may keep its reader waiting is waited for elsewhere. Rejects with what the file system throws, and with the DpiErrors of
 * `parseRulesDocument`.
 */
export async function readRulesDocument(path: string, source: string): Promise<RulesDocument> {
  const document = statSync(path).isFile() ? readRegular(path) : null;
  return document ?? parseRulesDocument(await readFile(path, 'utf8'), source);
}

/** Null for a document that must be read as a whole. */
function readRegular(path: string): RulesDocument | null {
  const fd = openSync(path, 'r');
  try {
    return readLaidOutRules((into) => readSync(fd, into, 0, into.length, null));
  } finally {
    closeSync(fd);
  }
}
