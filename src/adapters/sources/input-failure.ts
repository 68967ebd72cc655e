import { inputLabel } from '../../core/capture/non-capture.js';
import { DpiError } from '../../core/common/error.js';

/** The error for a path that can't be opened. */
export function openFailure(path: string, error: unknown): DpiError {
  const code = errorCode(error);
  if (path === '') return new DpiError('input-not-found', "a capture's name is empty", { cause: error });
  if (code === 'ENOENT') return new DpiError('input-not-found', `${path} does not exist`, { cause: error });
  if (code === 'ENOTDIR') {
    return new DpiError('input-not-found', `${path} does not exist: a part of the path is not a directory`, {
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new DpiError('input-not-permitted', `${path} may not be read: permission denied`, {
      cause: error,
    });
  }
  return new DpiError('input-not-readable', `${path} can't be opened: ${errorText(error)}`, {
    cause: error,
  });
}

/** The error for an open input that can't be read further. */
export function readFailure(name: string, error: unknown): DpiError {
  return new DpiError('input-not-readable', `${inputLabel(name)} can't be read: ${errorText(error)}`, {
    cause: error,
  });
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** Node's "EIO: i/o error, read" without the system call. */
function errorText(error: unknown): string {
  return error instanceof Error ? error.message.replace(/, \w+( '.*')?$/, '') : String(error);
}
