import type { FormatOptions, ReportFormat, WriteText } from '../report-format.js';
import { pageTemplate } from './page-template.js';
import { PayloadBuilder } from './payload-builder.js';

/** A page for a browser that holds the report and needs no server. Written as a whole at the end. */
export function htmlFormat(write: WriteText, options: Pick<FormatOptions, 'redact'> = {}): ReportFormat {
  const builder = new PayloadBuilder({ redact: options.redact });
  return {
    connection(c) {
      builder.add(c);
    },
    finish(end) {
      const { head, tail } = pageTemplate();
      write(head);
      // Nothing but base64, so that no text of a capture can end the element.
      write(`<script type="text/plain" id="data">${builder.packed(end)}</script>`);
      write(tail);
    },
  };
}
