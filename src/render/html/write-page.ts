import type { WriteText } from '../report-format.js';
import { dataElement } from './data-element.js';
import { pageTemplate } from './page-template.js';

/** Writes a whole page that shows `packed`, as `packedData` returns it. Throws DpiError where the build has no page. */
export function writePage(packed: string, write: WriteText): void {
  const { head, tail } = pageTemplate();
  write(head);
  write(dataElement(packed));
  write(tail);
}
