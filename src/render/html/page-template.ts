import { DpiError } from '../../core/common/error.js';
import { readPart } from '../../system/parts.js';

/** Where the data goes; scripts/build-page.ts writes it into the template. */
export const DATA_PLACE = '<!--data-->';

const PAGE = 'dist/page.html';

/** The page without data, before and behind the place of the data. */
export interface PageTemplate {
  readonly head: string;
  readonly tail: string;
}

/** Reads the page that the build wrote to dist/. Throws DpiError where there is none. */
export function pageTemplate(): PageTemplate {
  let text: string;
  try {
    text = readPart(PAGE).toString();
  } catch {
    throw new DpiError('unreadable', `${PAGE}: the page of reports is missing; build or install dpi again`);
  }
  const at = text.indexOf(DATA_PLACE);
  return { head: text.slice(0, at), tail: text.slice(at + DATA_PLACE.length) };
}
