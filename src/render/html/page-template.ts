import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DpiError } from '../../core/common/error.js';

/** Where the data goes; scripts/build-page.ts writes it into the template. */
export const DATA_PLACE = '<!--data-->';

/** The page without data, before and behind the place of the data. */
export interface PageTemplate {
  readonly head: string;
  readonly tail: string;
}

/** Reads the page that the build wrote to dist/. Throws DpiError where there is none. */
export function pageTemplate(): PageTemplate {
  const path = join(dirname(createRequire(import.meta.url).resolve('dpi/package.json')), 'dist/page.html');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new DpiError('unreadable', `${path}: the page of reports is missing; build or install dpi again`);
  }
  const at = text.indexOf(DATA_PLACE);
  return { head: text.slice(0, at), tail: text.slice(at + DATA_PLACE.length) };
}
