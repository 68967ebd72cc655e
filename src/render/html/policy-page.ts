import type { PolicySummary } from '../../core/report/policy-model.js';
import type { WriteText } from '../report-format.js';
import { dataElement, packedData } from './data-element.js';
import { pageTemplate } from './page-template.js';
import { PAYLOAD_VERSION } from './payload.js';

/** Writes the result of `dpi rules test` as one page for a browser. */
export function writePolicyPage(policy: PolicySummary, write: WriteText): void {
  const { head, tail } = pageTemplate();
  write(head);
  write(dataElement(packedData({ version: PAYLOAD_VERSION, policy })));
  write(tail);
}
