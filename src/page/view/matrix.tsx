import { safeText } from '../../render/safe-text.js';
import { hostRows } from '../data/host-rows.js';
import { labelRows } from '../data/label-rows.js';
import { only, valuesOf } from '../data/selection.js';
import { usePage } from './page-context.js';
import { Panel } from './panel.js';
import { Scrolled } from './scrolled.js';

const HOSTS = 12;
const LABELS = 10;

/** Which hosts had which labels. A cell selects both. */
export function Matrix() {
  const { selected, selection, texts, select } = usePage();
  const hosts = hostRows(selected)
    .filter(({ address, labels }) => address !== 'other' && labels.length > 0)
    .slice(0, HOSTS);
  const labels = labelRows(selected)
    .slice(0, LABELS)
    .map(({ label }) => label)
    .filter((label) => hosts.some((host) => host.labels.some((one) => one.label === label)));
  const most = Math.max(1, ...hosts.flatMap((host) => host.labels.map(({ bytes }) => bytes)));
  const [pickedHosts, pickedLabels] = [valuesOf(selection, 'host'), valuesOf(selection, 'label')];
  if (hosts.length === 0) return null;
  return (
    <Panel id="matrix" title="Hosts and labels" note="bytes of the largest">
      <Scrolled label="Bytes by host and label">
        <table class="matrix">
          <caption class="hidden">Bytes of each host under each label</caption>
          <thead>
            <tr>
              <th scope="col">Host</th>
              {labels.map((label) => (
                <th scope="col" key={label}>
                  <span title={safeText(label)}>{safeText(label)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hosts.map((host) => (
              <tr key={host.address}>
                <th scope="row" title={host.names.map(({ name }) => safeText(name)).join('\n') || undefined}>
                  {safeText(host.address)}
                </th>
                {labels.map((label) => {
                  const bytes = host.labels.find((one) => one.label === label)?.bytes ?? 0;
                  if (bytes === 0) return <td key={label} />;
                  const isPicked = pickedHosts.includes(host.address) && pickedLabels.includes(label);
                  const level = Math.max(1, Math.ceil(Math.sqrt(bytes / most) * 6));
                  return (
                    <td key={label} class={`heat${level}`}>
                      <button
                        type="button"
                        aria-pressed={isPicked}
                        aria-label={`${safeText(host.address)}, ${safeText(label)}: ${texts.bytes(bytes)}`}
                        title={texts.exactBytes(bytes)}
                        onClick={() => select(only(only(selection, 'host', host.address), 'label', label))}
                      >
                        {texts.bytes(bytes)}
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scrolled>
    </Panel>
  );
}
