import { hiddenRouteWords, unreadWords } from '../../render/hidden-words.js';
import { reasonText } from '../../render/reason-text.js';
import { safeText } from '../../render/safe-text.js';
import { CountBars } from './count-bars.js';
import { usePage } from './page-context.js';
import { Panel } from './panel.js';

/** What the report cannot tell, and why. */
export function Untold() {
  const { data, texts } = usePage();
  const { unread, hidden, warnings, limits, anomalies, total_packets: packets, total_bytes: bytes } = data.summary;
  const listed = (record: Record<string, number>) =>
    Object.entries(record).map(([name, count]) => `${safeText(name)}: ${texts.count(count)}`);
  const groups: readonly (readonly [string, readonly string[]])[] = [
    ['Packets that could not be read', unreadWords(unread, packets)],
    ['Connections whose site is hidden', hiddenRouteWords(hidden, bytes)],
    ['Malformed packets', listed(anomalies)],
    ['Limits reached', listed(limits)],
    ['Warnings', warnings.map(safeText)],
  ];
  return (
    <Panel id="untold" title="What is not known">
      <CountBars title="No app, because" facet="reason" wordsOf={reasonText} />
      <CountBars title="Evasion" facet="technique" />
      {groups
        .filter(([, lines]) => lines.length > 0)
        .map(([title, lines]) => (
          <div key={title}>
            <h3>{title}</h3>
            <ul class="plain">
              {lines.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </div>
        ))}
      {data.payload.cutTexts > 0 && (
        <>
          <h3>Long names</h3>
          <p class="note">
            {texts.plural(data.payload.cutTexts, 'text')} of this page {data.payload.cutTexts === 1 ? 'ends' : 'end'}{' '}
            with “…”, being too long to show; {wholeTexts(data.payload.parts !== null)} has them whole.
          </p>
        </>
      )}
      {groups.every(([, lines]) => lines.length === 0) && <p class="note">Every packet was read.</p>}
    </Panel>
  );
}

function wholeTexts(isRun: boolean) {
  return isRun ? 'the data set of the run' : <code>dpi analyze --json</code>;
}
