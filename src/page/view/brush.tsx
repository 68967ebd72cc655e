import { useRef, useState } from 'preact/hooks';
import type { Period } from '../data/selection.js';
import { usePage } from './page-context.js';

interface BrushProps {
  /** In pixels of the drawing. */
  readonly area: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  /** Seconds since the epoch. */
  readonly start: number;
  readonly end: number;
  /** What periods snap to, in seconds. */
  readonly step: number;
  readonly period: Period | null;
  onHover(time: number | null): void;
  /** `isTransient` while a pointer or a key is at work. */
  onPeriod(period: Period | null, isTransient: boolean): void;
}

/** Shorter drags are clicks, which take the period away. */
const LEAST_DRAG = 4;
const HANDLE_WIDTH = 10;

/** Selects a period by dragging, or by its two handles with the arrow keys. */
export function Brush({ area, start, end, step, period, onHover, onPeriod }: BrushProps) {
  const { texts } = usePage();
  const { left, right, top, bottom } = area;
  const drag = useRef<{ from: number; other: number | null } | null>(null);
  const [draft, setDraft] = useState<Period | null>(null);
  const root = useRef<SVGGElement>(null);
  const timeAt = (px: number) => start + ((px - left) / (right - left)) * (end - start);
  const pixelAt = (time: number) => left + ((time - start) / (end - start)) * (right - left);
  const within = (time: number) => Math.min(end, Math.max(start, time));
  const snapped = (time: number) => within(start + Math.round((time - start) / step) * step);
  const pixelOf = (event: PointerEvent) =>
    event.clientX - (root.current?.ownerSVGElement?.getBoundingClientRect().left ?? 0);
  const between = (a: number, b: number): Period => {
    const [from, to] = [snapped(Math.min(a, b)), snapped(Math.max(a, b))];
    return { from: rounded(from), to: rounded(to > from ? to : within(from + step)) };
  };

  const begin = (event: PointerEvent, other: number | null) => {
    if (event.button !== 0) return;
    drag.current = { from: pixelOf(event), other };
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    event.stopPropagation();
  };
  const move = (event: PointerEvent) => {
    const px = Math.min(right, Math.max(left, pixelOf(event)));
    onHover(timeAt(px));
    if (drag.current === null || Math.abs(px - drag.current.from) < LEAST_DRAG) return;
    setDraft(between(drag.current.other ?? timeAt(drag.current.from), timeAt(px)));
  };
  const finish = (event: PointerEvent) => {
    if (drag.current === null) return;
    const isClick = draft === null && drag.current.other === null && event.type === 'pointerup';
    drag.current = null;
    setDraft(null);
    if (draft !== null) onPeriod(draft, false);
    else if (isClick && period !== null) onPeriod(null, false);
  };
  const press = (event: KeyboardEvent, edge: 'from' | 'to') => {
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (steps === undefined) return;
    event.preventDefault();
    const now = period ?? { from: start, to: end };
    const moved = snapped(now[edge] + steps * step);
    onPeriod(between(moved, edge === 'from' ? now.to : now.from), true);
  };

  const shown = draft ?? period;
  const [x0, x1] = shown === null ? [left, right] : [pixelAt(within(shown.from)), pixelAt(within(shown.to))];
  const handle = (edge: 'from' | 'to') => {
    const time = (shown ?? { from: start, to: end })[edge];
    return (
      <g
        class={shown === null ? 'handle idle' : 'handle'}
        role="slider"
        tabindex={0}
        aria-label={edge === 'from' ? 'Begin of the period' : 'End of the period'}
        aria-valuemin={Math.round(start)}
        aria-valuemax={Math.round(end)}
        aria-valuenow={Math.round(time)}
        aria-valuetext={texts.time(time, 3)}
        onKeyDown={(event) => press(event, edge)}
        onPointerDown={(event) => begin(event, shown === null ? null : edge === 'from' ? shown.to : shown.from)}
        onPointerMove={move}
        onPointerUp={finish}
        onPointerCancel={finish}
        transform={`translate(${edge === 'from' ? x0 : x1},0)`}
      >
        <rect class="grip" x={-HANDLE_WIDTH / 2} y={top} width={HANDLE_WIDTH} height={bottom - top} />
        <line y1={top} y2={bottom} />
      </g>
    );
  };
  return (
    <g ref={root} class="brush">
      {shown !== null && (
        <>
          <rect class="outside" x={left} y={top} width={Math.max(0, x0 - left)} height={bottom - top} />
          <rect class="outside" x={x1} y={top} width={Math.max(0, right - x1)} height={bottom - top} />
        </>
      )}
      <rect
        class="surface"
        x={left}
        y={top}
        width={Math.max(0, right - left)}
        height={bottom - top}
        onPointerDown={(event) => begin(event, null)}
        onPointerMove={move}
        onPointerUp={finish}
        onPointerCancel={finish}
        onPointerLeave={() => onHover(null)}
      />
      {handle('from')}
      {handle('to')}
    </g>
  );
}

/** To the microsecond, as reports have times. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
