import type { LiveSnapshot } from '../core/live/live-model.js';
import { appLines, connectionLines, domainLines, ruleLines } from './live-sections.js';
import type { Paint } from './paint.js';
import { bytesText, clockText, countText, pluralText, rateText } from './quantities.js';
import { safeText } from './safe-text.js';
import { padEnd, shortenEnd, textWidth, wrapWords } from './text-width.js';

/** The contents of a screen of `dpi live`. */
export interface LiveFrame {
  /** Interface, or "-". */
  readonly name: string;
  readonly tool: string | null;
  readonly elapsedMs: number;
  /** Null when the capture tool has not reported it. */
  readonly lostPackets: number | null;
  readonly snapshot: LiveSnapshot;
  /** The last line: "q quits". */
  readonly hint: string;
}

export interface ScreenSize {
  readonly width: number;
  readonly height: number;
  readonly paint: Paint;
}

/** From this width on, apps and domains stand side by side. */
const TWO_COLUMNS_WIDTH = 150;
const APPS_WIDTH = 62;
const SIDE_GAP = 4;
/** An empty line, the title of a list and a row. */
const LEAST_LINES = 3;

/** A list on the screen. */
interface Block {
  /** Rows available. */
  readonly rows: number;
  lines(rows: number): string[];
}

/** The lines of a screen, at most `height` of them and none wider than `width`. */
export function liveFrameLines(frame: LiveFrame, size: ScreenSize): string[] {
  const { width, height, paint } = size;
  const head = headLines(frame, width, paint).slice(0, Math.max(1, height - 1));
  const hint = paint.faint(shortenEnd(` ${frame.hint}`, width));
  const lines = [...head];
  for (const [block, rows] of share(blocksOf(frame.snapshot, width, paint), height - head.length - 1)) {
    lines.push('', ...block.lines(rows));
  }
  if (lines.length >= height) return lines.slice(0, height);
  while (lines.length < height - 1) lines.push('');
  return [...lines, hint];
}

function headLines({ name, tool, elapsedMs, lostPackets, snapshot }: LiveFrame, width: number, paint: Paint): string[] {
  const what = name === '-' ? 'standard input' : safeText(name);
  const via = tool === null ? '' : ` via ${tool}`;
  const clock = clockText(elapsedMs / 1000);
  const title = shortenEnd(`dpi live  ${what}${via}`, Math.max(1, width - 4 - clock.length));
  const gap = ' '.repeat(Math.max(2, width - 2 - textWidth(title) - clock.length));
  const { packets, bytes, connections, openConnections, blockedConnections, droppedPackets, rules } = snapshot;
  const words: [text: string, paint?: (text: string) => string][] = [
    [`${rateText(snapshot.packetsPerSecond)} packets/s`],
    [`${bytesText(snapshot.bytesPerSecond)}/s`],
    [pluralText(packets, 'packet')],
    [bytesText(bytes)],
    [`${countText(openConnections)} of ${pluralText(connections, 'connection')} open`],
  ];
  if (lostPackets !== null) {
    words.push([`${countText(lostPackets)} lost by ${tool}`, lostPackets === 0 ? paint.faint : paint.alarm]);
  }
  if (rules.count > 0) {
    const blocked = `${pluralText(blockedConnections, 'connection')} (${pluralText(droppedPackets, 'packet')})`;
    const verdict = `${pluralText(rules.count, 'rule')} would block ${blocked}`;
    words.push([verdict, blockedConnections === 0 ? undefined : paint.alarm]);
  }
  const texts = words.map(([text]) => text);
  const lines = wrapWords(texts, ' · ', Math.max(1, width - 2), 0).map((line) => {
    const accents = words.filter(([text, accent]) => accent !== undefined && line.includes(text));
    return ` ${accents.reduce((painted, [text, accent]) => painted.replace(text, accent!(text)), shortenEnd(line, width - 2))}`;
  });
  return [` ${paint.heading(title)}${gap}${paint.faint(clock)}`, ...lines];
}

/** The lists, the most important first. */
function blocksOf(snapshot: LiveSnapshot, width: number, paint: Paint): { block: Block; place: number }[] {
  const { apps, domains, busiest, rules } = snapshot;
  const connections = { rows: busiest.length, lines: (n: number) => connectionLines(snapshot, n, width, paint) };
  const decided = { rows: rules.decided.length, lines: (n: number) => ruleLines(snapshot, n, width, paint) };
  if (width < TWO_COLUMNS_WIDTH) {
    return [
      { place: 1, block: { rows: domains.length, lines: (n) => domainLines(snapshot, n, width, paint) } },
      { place: 0, block: { rows: apps.length, lines: (n) => appLines(snapshot, n, width, paint) } },
      { place: 2, block: connections },
      { place: 3, block: decided },
    ];
  }
  const both: Block = {
    rows: Math.max(apps.length, domains.length),
    lines: (n) => {
      const left = appLines(snapshot, n, APPS_WIDTH, paint);
      const right = domainLines(snapshot, n, width - APPS_WIDTH - SIDE_GAP, paint);
      const sides = Array.from({ length: Math.max(left.length, right.length) }, (_, i) => [left[i], right[i]] as const);
      return sides.map(([a = '', b = '']) => (padEnd(a, APPS_WIDTH + SIDE_GAP) + b).trimEnd());
    },
  };
  return [
    { place: 0, block: both },
    { place: 1, block: connections },
    { place: 2, block: decided },
  ];
}

/** The lists that fit, from top to bottom, and the rows of each; the lists take turns, a row at a time. */
function share(blocks: readonly { block: Block; place: number }[], room: number): [Block, number][] {
  const present = blocks.filter(({ block }) => block.rows > 0);
  const shown = present.slice(0, Math.max(0, Math.floor(room / LEAST_LINES)));
  const rows = shown.map(() => 1);
  let left = room - shown.length * LEAST_LINES;
  for (let given = true; given && left > 0; ) {
    given = false;
    for (let i = 0; i < shown.length && left > 0; i++) {
      if (rows[i]! >= shown[i]!.block.rows) continue;
      rows[i]!++;
      left--;
      given = true;
    }
  }
  const dealt = shown.map(({ block, place }, i) => ({ block, place, rows: rows[i]! }));
  return dealt.sort((a, b) => a.place - b.place).map((one) => [one.block, one.rows]);
}
