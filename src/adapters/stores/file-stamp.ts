import { stat } from 'node:fs/promises';
import { isMissing } from '../../core/common/file-error.js';

/**
 * Which file is under a name, and as of when, as a text that differs after each change; empty for none. Throws errno
 * errors.
 */
export async function fileStamp(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs} ${ctimeNs}`;
  } catch (error) {
    if (isMissing(error)) return '';
    throw error;
  }
}
