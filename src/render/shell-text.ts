const PLAIN = /^[\w@%+=:,./-]+$/;

/** `word` as a POSIX shell reads it back. */
export function shellText(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
