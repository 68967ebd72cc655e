import { render } from 'preact';
import { safeText } from '../render/safe-text.js';
import { ReportData, readPayload } from './data/report-data.js';
import { ServerPage } from './server/server-page.js';
import { PolicyReport } from './view/policy-report.js';
import { Report } from './view/report.js';

const root = document.getElementById('app');
const base64 = document.getElementById('data')?.textContent ?? null;

// Without data it is the page of a server.
if (root !== null && base64 === null) render(<ServerPage />, root);
else if (root !== null && base64 !== null) {
  readPayload(base64).then(
    (payload) => {
      const isPolicy = 'policy' in payload;
      const [first] = isPolicy ? payload.policy.inputs : payload.summary.inputs;
      document.title = first === undefined ? 'dpi' : `${safeText(first.name.split(/[/\\]/).pop() ?? '')} – dpi`;
      render(isPolicy ? <PolicyReport policy={payload.policy} /> : <Report data={new ReportData(payload)} />, root);
    },
    (error: unknown) => {
      root.textContent = `The data of this report cannot be read: ${error instanceof Error ? error.message : error}`;
    },
  );
}
