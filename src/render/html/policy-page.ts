import type { PolicySummary } from '../../core/report/policy-model.js';
import type { WriteText } from '../report-format.js';
import { packedData } from './data-element.js';
import { PAYLOAD_VERSION } from './payload.js';
import { TextCutter } from './text-cutter.js';
import { writePage } from './write-page.js';

/** Writes the result of `dpi rules test` as one page for a browser. */
export function writePolicyPage(policy: PolicySummary, write: WriteText): void {
  writePage(packedData({ version: PAYLOAD_VERSION, policy: new TextCutter().value(policy) }), write);
}
