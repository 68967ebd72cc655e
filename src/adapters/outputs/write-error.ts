import { DpiError } from '../../core/common/error.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its directory does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is not a directory',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'the link goes round in circles',
  EPIPE: 'nobody reads it any more',
  EIO: 'input/output error',
};

/** The error for a failed write to `path`. */
export function cannotWrite(path: string, error: NodeJS.ErrnoException): DpiError {
  const reason = REASONS[error.code ?? ''] ?? error.message;
  return new DpiError('cannot-write', `can't write ${path}: ${reason}`, { cause: error });
}
