import { usePage } from './page-context.js';

/** A span within the time of the capture, as a line. */
export function SpanBar({ from, to, colour }: { from: number | null; to: number | null; colour?: string }) {
  const { data } = usePage();
  const { first_seen: first, last_seen: last } = data.summary;
  if (from === null || to === null || first === null || last === null) return null;
  const whole = Math.max(last - first, 1e-6);
  const left = Math.min(1, Math.max(0, (from - first) / whole));
  const width = Math.min(1 - left, Math.max(0, (to - from) / whole));
  return (
    <span class={`span ${colour ?? ''}`} aria-hidden="true">
      <span style={{ left: `${left * 100}%`, width: `${width * 100}%` }} />
    </span>
  );
}
