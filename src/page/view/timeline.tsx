import { useRef, useState } from 'preact/hooks';
import { safeText } from '../../render/safe-text.js';
import { COLOURS } from '../data/label-colours.js';
import { type Period, periodOf, withPeriod } from '../data/selection.js';
import { numberTicks, timeTicks } from '../data/ticks.js';
import { bytesWithoutTime, coarser, OTHER, type StackBy, type TimeStack, timeStack } from '../data/time-series.js';
import { Brush } from './brush.js';
import { usePage } from './page-context.js';
import { Panel } from './panel.js';
import { Scrolled } from './scrolled.js';
import { useWidth } from './use-width.js';

const HEIGHT = 190;
/** On wide screens. */
const TALL_HEIGHT = 250;
const WIDE = 1600;
const MARGIN = { top: 10, right: 12, bottom: 24, left: 78 };
/** For the half of a time that is right of its tick. */
const TICK_ROOM = 46;
/** Narrower steps than this can't be told apart. */
const NARROWEST_STEP = 3;
const TABLE_ROWS = 200;

/** Traffic over time, stacked by label or client. Dragging selects a period. */
export function Timeline() {
  const page = usePage();
  const { selected, selection, texts, colours } = page;
  const [by, setBy] = useState<StackBy>('label');
  const [at, setAt] = useState<number | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const whole = timeStack(selected, by, COLOURS);
  if (whole === null) return null;
  const shown = coarser(whole, Math.max(8, Math.floor((width - MARGIN.left - MARGIN.right) / NARROWEST_STEP)));
  const untimed = bytesWithoutTime(selected, whole);
  const note = [
    ...(shown.isCounted ? [] : ["each connection's bytes spread evenly over its time"]),
    ...(untimed > 0 ? [`without ${texts.bytes(untimed)} that are known as sums only`] : []),
  ].join(', ');
  const ranks = new Map(shown.series.map(({ name }, i) => [name, name === OTHER ? 'c-other' : `c${i}`]));
  const classOf = (name: string) => (by === 'label' ? colours.of(name) : (ranks.get(name) ?? 'c-other'));
  return (
    <Panel
      id="timeline"
      title="Traffic over time"
      note={note || undefined}
      actions={
        <fieldset class="switch">
          <legend class="hidden">Stack by</legend>
          {(['label', 'client'] as const).map((one) => (
            <button type="button" key={one} aria-pressed={by === one} onClick={() => setBy(one)}>
              {one === 'label' ? 'By label' : 'By client'}
            </button>
          ))}
        </fieldset>
      }
    >
      <Legend stack={shown} by={by} at={at} classOf={classOf} />
      <div class="chart" ref={frame}>
        {width > 0 && (
          <Chart
            stack={shown}
            width={width}
            classOf={classOf}
            at={at}
            onHover={setAt}
            period={periodOf(selection)}
            onPeriod={(period, isTransient) => page.select(withPeriod(selection, period), isTransient)}
          />
        )}
      </div>
      <TimeTable stack={shown} />
    </Panel>
  );
}

interface LegendProps {
  readonly stack: TimeStack;
  readonly by: StackBy;
  readonly at: number | null;
  classOf(name: string): string;
}

/** The names of the colours, which select; with the amounts of the step under the pointer. */
function Legend({ stack: { series, start, interval }, by, at, classOf }: LegendProps) {
  const { texts, toggle, selection } = usePage();
  const facet = by === 'label' ? 'label' : 'host';
  return (
    <ul class="legend">
      {series.map(({ name, bytes }) => (
        <li key={name} class={classOf(name)}>
          {name === OTHER ? (
            <span class="key">{OTHER}</span>
          ) : (
            <button
              type="button"
              class="key"
              aria-pressed={selection.some((one) => one.kind === facet && one.value === name)}
              onClick={() => toggle(facet, name)}
            >
              {safeText(name)}
            </button>
          )}
          {at !== null && <span class="value">{texts.bytes(bytes[at] ?? 0)}</span>}
        </li>
      ))}
      <li class="moment">
        {at !== null &&
          `${texts.time(start + at * interval, digitsOf(interval))} · ${texts.bytes(series.reduce((sum, one) => sum + (one.bytes[at] ?? 0), 0))} in ${texts.duration(interval)}`}
      </li>
    </ul>
  );
}

interface ChartProps {
  readonly stack: TimeStack;
  readonly width: number;
  readonly at: number | null;
  readonly period: Period | null;
  classOf(name: string): string;
  onHover(bucket: number | null): void;
  onPeriod(period: Period | null, isTransient: boolean): void;
}

function Chart({ stack: shown, width, at, period, classOf, onHover, onPeriod }: ChartProps) {
  const { texts } = usePage();
  const { start, interval, buckets, series } = shown;
  const end = start + interval * buckets;
  const height = width < WIDE ? HEIGHT : TALL_HEIGHT;
  const [left, right, bottom] = [MARGIN.left, width - MARGIN.right, height - MARGIN.bottom];
  const x = (time: number) => left + ((time - start) / (end - start)) * (right - left);
  const sums = Array.from({ length: buckets }, (_, i) => series.reduce((sum, one) => sum + one.bytes[i]!, 0));
  const rates = numberTicks((Math.max(1, ...sums) / interval) * 8, 4);
  const y = (bytes: number) => bottom - ((bytes / interval) * 8 * (bottom - MARGIN.top)) / rates.at(-1)!;
  const offset = texts.timeZone === 'UTC' ? 0 : new Date(start * 1000).getTimezoneOffset() * -60;
  const ticks = timeTicks(start, end, Math.max(2, Math.floor(width / 130)), offset).filter(
    (tick) => x(tick) < width - TICK_ROOM,
  );
  const digits = digitsOf(ticks.length > 1 ? ticks[1]! - ticks[0]! : interval);
  const withDay = end - start > 86_400 * 1.5;
  const edges = Array.from({ length: buckets + 1 }, (_, i) => x(Math.min(end, start + i * interval)));
  return (
    // biome-ignore lint/a11y/useSemanticElements: HTML has no element for a drawing with controls.
    <svg width={width} height={height} role="group" aria-label="Traffic over time">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: this part of the drawing has no control. */}
      <g role="img" aria-label={describe(shown, texts)}>
        {rates.map((tick) => (
          <g key={tick} class="tick" transform={`translate(0,${y((tick / 8) * interval)})`}>
            <line x1={left} x2={right} />
            <text x={left - 8} dy="0.32em" text-anchor="end">
              {texts.bitRate(tick / 8)}
            </text>
          </g>
        ))}
        {series.map(({ name }, layer) => (
          <path key={name} class={`layer ${classOf(name)}`} d={layerPath(shown, layer, edges, y)} />
        ))}
        {at !== null && (
          <rect
            class="hover"
            x={x(start + at * interval)}
            y={MARGIN.top}
            width={(right - left) / buckets}
            height={bottom - MARGIN.top}
          />
        )}
        {ticks.map((tick) => (
          <g key={tick} class="tick" transform={`translate(${x(tick)},${bottom})`}>
            <line y2={4} />
            <text y={17} text-anchor="middle">
              {withDay ? `${texts.day(tick)} ${texts.time(tick)}` : texts.time(tick, digits)}
            </text>
          </g>
        ))}
        <line class="axis" x1={left} x2={right} y1={bottom} y2={bottom} />
      </g>
      <Brush
        area={{ left, right, top: MARGIN.top, bottom }}
        start={start}
        end={end}
        step={interval}
        period={period}
        onHover={(time) =>
          onHover(time === null ? null : Math.min(buckets - 1, Math.max(0, Math.floor((time - start) / interval))))
        }
        onPeriod={onPeriod}
      />
    </svg>
  );
}

/** The outline of a layer, with steps at `edges`: along its upper side and back along its lower one. */
function layerPath(
  { series, buckets }: TimeStack,
  layer: number,
  edges: readonly number[],
  y: (bytes: number) => number,
): string {
  const below = Array.from({ length: buckets }, (_, i) => {
    let low = 0;
    for (let other = 0; other < layer; other++) low += series[other]!.bytes[i]!;
    return low;
  });
  const round = (pixels: number) => Math.round(pixels * 10) / 10;
  let upper = '';
  let lower = '';
  for (let i = 0; i < buckets; i++) {
    upper += `V${round(y(below[i]! + series[layer]!.bytes[i]!))}H${round(edges[i + 1]!)}`;
    lower = `V${round(y(below[i]!))}H${round(edges[i]!)}${lower}`;
  }
  return `M${round(edges[0]!)},${round(y(below[0] ?? 0))}${upper}${lower}Z`;
}

/** Digits of a second that steps of this width need. */
function digitsOf(seconds: number): 0 | 1 | 2 | 3 {
  if (seconds >= 1) return 0;
  return seconds >= 0.1 ? 1 : seconds >= 0.01 ? 2 : 3;
}

function describe({ series, start, interval, buckets }: TimeStack, texts: ReturnType<typeof usePage>['texts']): string {
  const sums = series.map(
    ({ name, bytes }) => `${safeText(name)} ${texts.bytes(bytes.reduce((sum, n) => sum + n, 0))}`,
  );
  return `Traffic from ${texts.time(start)} to ${texts.time(start + interval * buckets)}: ${sums.join(', ')}. The table below has the numbers.`;
}

/** The chart in numbers. */
function TimeTable({ stack: { series, start, interval, buckets } }: { stack: TimeStack }) {
  const { texts } = usePage();
  const [isOpen, setOpen] = useState(false);
  const rows = Array.from({ length: buckets }, (_, i) => i).filter((i) => series.some(({ bytes }) => bytes[i]! > 0));
  return (
    <details class="as-table" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && (
        <Scrolled label="Traffic over time as a table">
          <table class="data">
            <caption class="hidden">Traffic over time</caption>
            <thead>
              <tr>
                <th scope="col">Time</th>
                {series.map(({ name }) => (
                  <th scope="col" class="number" key={name}>
                    {safeText(name)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, TABLE_ROWS).map((i) => (
                <tr key={i}>
                  <th scope="row" title={texts.exactTime(start + i * interval)}>
                    {texts.time(start + i * interval, digitsOf(interval))}
                  </th>
                  {series.map(({ name, bytes }) => (
                    <td class="number" key={name} title={texts.exactBytes(bytes[i]!)}>
                      {bytes[i]! > 0 ? texts.bytes(bytes[i]!) : ''}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {rows.length > TABLE_ROWS && (
            <p class="note">
              The first {TABLE_ROWS} of {texts.count(rows.length)} steps with traffic.
            </p>
          )}
        </Scrolled>
      )}
    </details>
  );
}
