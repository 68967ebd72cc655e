import { DpiError } from './error.js';

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOENT: 'there is no such file',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
  EMFILE: 'too many open files',
};

/** The sentence for a failed file operation: "can't write the rules file /x: permission denied" Lets DpiErrors pass. */
export function fileError(code: string, action: string, error: unknown): DpiError {
  if (error instanceof DpiError) return error;
  const { code: errno, message } = error as NodeJS.ErrnoException;
  const cause = (errno !== undefined && CAUSES[errno]) || message;
  return new DpiError(code, `can't ${action}: ${cause}`, { cause: error });
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
