import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { DpiError } from '../core/common/error.js';
import { fileError } from '../core/common/file-error.js';

const MIN_TOKEN_LEN = 16;
/** RFC 6750 §2.1. */
const TOKEN = /^[\w.~+/-]+=*$/;
const GROUP_AND_OTHERS = 0o077;

/** Reads a token from a file and trims white space. Rejects with a DpiError if the file holds no usable token. */
export async function readToken(file: string, onWarning: (warning: string) => void): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & GROUP_AND_OTHERS) !== 0) {
      onWarning(`the token file ${file} is readable by other users (chmod 600)`);
    }
  } catch (error) {
    throw fileError('no-token', `read the token file ${file}`, error);
  }
  const token = text.trim();
  if (token.length < MIN_TOKEN_LEN || !TOKEN.test(token)) {
    throw new DpiError(
      'no-token',
      `the token file ${file} holds no valid token: one line of at least ${MIN_TOKEN_LEN} letters, digits or -._~+/ (openssl rand -hex 32)`,
    );
  }
  return token;
}

/** Returns a check of Authorization headers that takes the same time for right and wrong tokens. */
export function tokenCheck(token: string): (authorization: string | undefined) => boolean {
  const expected = digest(token);
  return (authorization) => {
    const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(digest(given), expected);
  };
}

/** `timingSafeEqual` needs inputs of equal length. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
