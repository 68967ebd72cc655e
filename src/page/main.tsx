import type { VNode } from 'preact';
import { render } from 'preact';
import { safeText } from '../render/safe-text.js';
import { type PagePayload, ReportData, readPayload } from './data/report-data.js';
import { ServerPage } from './server/server-page.js';
import { DiffReport } from './view/diff-report.js';
import { JoinReport } from './view/join-report.js';
import { PolicyReport } from './view/policy-report.js';
import { Report } from './view/report.js';

const root = document.getElementById('app');
const base64 = document.getElementById('data')?.textContent ?? null;

// Without data it is the page of a server.
if (root !== null && base64 === null) render(<ServerPage />, root);
else if (root !== null && base64 !== null) {
  readPayload(base64).then(
    (payload) => {
      const names = inputsOf(payload).map((path) => safeText(path.split(/[/\\]/).pop() ?? ''));
      document.title = names.length === 0 ? 'dpi' : `${names.join(' → ')} – dpi`;
      render(pageOf(payload), root);
    },
    (error: unknown) => {
      root.textContent = `The data of this report cannot be read: ${error instanceof Error ? error.message : error}`;
    },
  );
}

/** The inputs that the title names: the first of each side. */
function inputsOf(payload: PagePayload): string[] {
  if ('join' in payload) return [payload.join.a.input, payload.join.b.input];
  if ('diff' in payload) return [payload.diff.a, payload.diff.b].flatMap(({ inputs }) => inputs.slice(0, 1));
  const { inputs } = 'policy' in payload ? payload.policy : payload.summary;
  return inputs.slice(0, 1).map(({ name }) => name);
}

function pageOf(payload: PagePayload): VNode {
  if ('join' in payload) return <JoinReport payload={payload} />;
  if ('diff' in payload) return <DiffReport payload={payload} />;
  if ('policy' in payload) return <PolicyReport policy={payload.policy} />;
  return <Report data={new ReportData(payload)} />;
}
