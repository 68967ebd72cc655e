import { hierarchy, treemap, treemapSquarify } from 'd3-hierarchy';
import { useRef } from 'preact/hooks';
import type { LabelRow } from '../../core/report/model.js';
import { safeText } from '../../render/safe-text.js';
import { usePage } from './page-context.js';
import { useWidth } from './use-width.js';

const HEIGHT = 150;
/** Smaller shares are one tile: they could not be read. */
const LEAST_SHARE = 0.004;
const LETTER_WIDTH = 7.4;
const LINE_HEIGHT = 16;

interface Tile {
  readonly label: string;
  readonly bytes: number;
}

/** Labels as areas. The list beside it has the same for screen readers and keyboards. */
export function Treemap({
  rows,
  whole,
  picked,
}: {
  rows: readonly LabelRow[];
  whole: number;
  picked: readonly string[];
}) {
  const { texts, colours, toggle } = usePage();
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const large = rows.filter(({ bytes }) => bytes > whole * LEAST_SHARE);
  const rest = whole - large.reduce((sum, { bytes }) => sum + bytes, 0);
  const tiles: Tile[] = [...large, ...(rest > 0 ? [{ label: '', bytes: rest }] : [])];
  const root = hierarchy<{ children?: Tile[] } | Tile>({ children: tiles }).sum((one) =>
    'bytes' in one ? one.bytes : 0,
  );
  const leaves = treemap<{ children?: Tile[] } | Tile>()
    .size([Math.max(1, width), HEIGHT])
    .tile(treemapSquarify.ratio(1.6))
    .paddingInner(2)
    .round(true)(root)
    .leaves();
  return (
    <div class="chart treemap" ref={frame} aria-hidden="true">
      {width > 0 && whole > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label="Labels as areas">
          {leaves.map((leaf) => {
            const { label, bytes } = leaf.data as Tile;
            const [w, h] = [leaf.x1 - leaf.x0, leaf.y1 - leaf.y0];
            const name = label === '' ? 'other' : safeText(label);
            const isFaded = picked.length > 0 && !picked.includes(label);
            return (
              // biome-ignore lint/a11y/noStaticElementInteractions: the list below does the same for keyboards.
              <g
                key={label}
                class={`tile ${label === '' ? 'c-other' : colours.of(label)}${isFaded ? ' faded' : ''}`}
                transform={`translate(${leaf.x0},${leaf.y0})`}
                onClick={() => label !== '' && toggle('label', label)}
              >
                <title>{`${name}: ${texts.bytes(bytes)}, ${texts.share(bytes, whole)}`}</title>
                <rect width={w} height={h} />
                <rect class="edge" width={w} height={Math.min(3, h)} />
                {h > LINE_HEIGHT + 6 && w > 40 && (
                  <text x={6} y={18}>
                    {fitted(name, w - 10)}
                  </text>
                )}
                {h > 2 * LINE_HEIGHT + 6 && w > 40 && (
                  <text class="share" x={6} y={34}>
                    {texts.share(bytes, whole)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      )}
    </div>
  );
}

function fitted(name: string, width: number): string {
  const room = Math.floor(width / LETTER_WIDTH);
  return name.length <= room ? name : `${name.slice(0, Math.max(1, room - 1))}…`;
}
