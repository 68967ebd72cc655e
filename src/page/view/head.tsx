import { safeText } from '../../render/safe-text.js';
import { problemLines } from '../data/problems.js';
import { qualityOfAll } from '../data/quality-rows.js';
import { bytesWithoutApp, hostCount, totalsOf } from '../data/totals.js';
import { usePage } from './page-context.js';

const INPUTS_SHOWN = 3;

interface HeadProps {
  readonly isUtc: boolean;
  onZone(isUtc: boolean): void;
}

/** What the report is about: files, period, and the zone of times. */
export function Head({ isUtc, onZone }: HeadProps) {
  const { data, texts } = usePage();
  const { inputs, first_seen: first, last_seen: last, generator } = data.summary;
  const names = inputs.slice(0, INPUTS_SHOWN).map(({ name }) => baseName(name));
  const formats = [...new Set(inputs.flatMap(({ format, compression }) => [format, compression]))].filter(Boolean);
  return (
    <header class="head">
      <div>
        <h1>{names.join(', ') || 'No capture'}</h1>
        <p class="meta">
          {inputs.length > INPUTS_SHOWN && `and ${texts.count(inputs.length - INPUTS_SHOWN)} more · `}
          {safeText(formats.join(', '))}
          {first !== null && last !== null && (
            <>
              {' · '}
              <span title={`${texts.exactTime(first)} to ${texts.exactTime(last)}`}>
                {texts.day(first)}, {texts.time(first)} to {texts.time(last)} {isUtc ? 'UTC' : texts.zoneName(first)}
              </span>
              {` · ${texts.duration(last - first)}`}
            </>
          )}
          {` · ${safeText(generator)}`}
          {data.payload.isRedacted && ' · addresses replaced'}
        </p>
      </div>
      <fieldset class="switch">
        <legend class="hidden">Zone of times</legend>
        <button type="button" aria-pressed={isUtc} onClick={() => onZone(true)}>
          UTC
        </button>
        <button type="button" aria-pressed={!isUtc} onClick={() => onZone(false)}>
          Local time
        </button>
      </fieldset>
    </header>
  );
}

/** The path without its folders; "-" is standard input. */
function baseName(path: string): string {
  return path === '-' ? 'Standard input' : safeText(path.split(/[/\\]/).pop() ?? path);
}

interface Figure {
  readonly title: string;
  readonly text: string;
  readonly exact?: string;
  /** Beside the figure of a selection: that of the whole. */
  readonly of?: string;
}

/** The figures of the selection, beside those of the capture. */
export function Figures() {
  const { data, selected, selection, texts } = usePage();
  const { summary } = data;
  const totals = totalsOf(selected);
  const quality = selection.length === 0 ? null : qualityOfAll(selected);
  const isWhole = selection.length === 0;
  const of = (part: number, whole: number) => (isWhole ? undefined : texts.share(part, whole));
  const hosts = isWhole ? data.payload.hostCount : hostCount(selected);
  const unknown = bytesWithoutApp(selected);
  const rtt = quality === null ? (summary.quality?.rtt_ms.median ?? null) : quality.rttMedian;
  const tcp = quality === null ? summary.tcp_packets : quality.packets;
  const resent = quality === null ? (summary.quality?.retransmitted_packets ?? 0) : quality.retransmitted;
  const lookups = summary.labels.reduce((sum, row) => sum + row.lookups, 0);
  const figures: Figure[] = [
    {
      title: 'Traffic',
      text: texts.bytes(totals.bytes),
      exact: texts.exactBytes(totals.bytes),
      of: of(totals.bytes, summary.total_bytes),
    },
    { title: 'Packets', text: texts.count(totals.packets), of: of(totals.packets, summary.total_packets) },
    {
      title: 'Connections',
      text: texts.count(totals.connections),
      of: of(totals.connections, summary.total_connections - lookups),
    },
    { title: 'DNS look-ups', text: texts.count(totals.lookups), of: of(totals.lookups, lookups) },
    { title: 'Hosts', text: texts.count(hosts), of: of(hosts, data.payload.hostCount) },
    { title: 'Without an app', text: texts.share(unknown.part, unknown.whole), exact: texts.exactBytes(unknown.part) },
    { title: 'Median round trip', text: texts.millis(rtt), exact: rtt === null ? undefined : `${rtt} ms` },
    { title: 'Sent again', text: texts.share(resent, tcp), exact: texts.plural(resent, 'packet') },
  ];
  return (
    <dl class="figures" aria-label="Figures">
      {figures.map(({ title, text, exact, of: share }) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd title={exact}>
            {text}
            {share !== undefined && <small> {share}</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** Problems of the network and of the capture; each selects its connections, or leads to where it is shown. */
export function Problems() {
  const { data, texts, selection, toggle } = usePage();
  const lines = problemLines(data.summary, texts);
  if (lines.length === 0) return null;
  return (
    <section class="problems" aria-label="Problems">
      <ul>
        {lines.map(({ text, criterion, section }) => {
          if (criterion === null || criterion.kind === 'period' || criterion.kind === 'search') {
            return (
              <li key={text}>
                <button type="button" onClick={() => document.getElementById(section)?.scrollIntoView()}>
                  {text}
                </button>
              </li>
            );
          }
          const { kind, value } = criterion;
          const isPicked = selection.some((one) => one.kind === kind && 'value' in one && one.value === value);
          return (
            <li key={text}>
              <button type="button" aria-pressed={isPicked} onClick={() => toggle(kind, value)}>
                {text}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
