/** Sentences of `dpi batch` for people. */
import { bytesText, clockText, countText, periodText, pluralText } from '../../render/quantities.js';
import { safeText } from '../../render/safe-text.js';
import type { BatchReport } from '../../usecases/batch/batch-report.js';
import type { Plan, PlannedStream } from '../../usecases/batch/plan-types.js';
import type { BatchProgress } from '../../usecases/batch/work.js';

/** Streams named one by one. */
const MOST_STREAMS = 20;

/** What the planner decided. */
export function planLines({ streams, skipped }: Plan): string[] {
  const files = streams.reduce((sum, stream) => sum + stream.files.length, 0);
  const more = streams.length - MOST_STREAMS;
  return [
    `${pluralText(streams.length, 'stream')} in ${pluralText(files, 'file')}`,
    ...streams.slice(0, MOST_STREAMS).map(streamLine),
    ...(more > 0 ? [`  … ${countText(more)} more`] : []),
    ...skipped.slice(0, MOST_STREAMS).map(({ path, reason }) => `  left out: ${safeText(path)}: ${safeText(reason)}`),
  ];
}

function streamLine({ name, files, reason }: PlannedStream): string {
  const len = files.reduce((sum, file) => sum + file.len, 0);
  const first = files.find(({ first_seen }) => first_seen !== null)?.first_seen;
  const last = files.at(-1)?.last_seen ?? files.at(-1)?.first_seen;
  const period = first == null || last == null ? '' : `, ${periodText(first, Math.max(first, last))}`;
  return `  ${safeText(name)}: ${pluralText(files.length, 'file')}, ${bytesText(len)}${period} (${safeText(reason)})`;
}

/** "45%  12 of 93 units  120 MB/s  0:12 left". */
export function batchProgressText(state: BatchProgress): (seconds: number) => string {
  const { unitsDone, units, bytesRead, totalLen } = state;
  return (seconds) => {
    const fraction = totalLen === 0 ? 1 : Math.min(1, bytesRead / totalLen);
    const parts = [
      `${Math.floor(fraction * 100)}%`,
      `${countText(unitsDone)} of ${pluralText(units, 'unit')}`,
      `${bytesText(bytesRead / Math.max(seconds, 0.001))}/s`,
    ];
    if (fraction > 0) parts.push(`${clockText((seconds * (1 - fraction)) / fraction)} left`);
    return parts.join('  ');
  };
}

/** What a run has come to. */
export function reportLines(report: BatchReport, run: string): string[] {
  const { units } = report;
  const counts = (['done', 'damaged', 'failed', 'missing'] as const).flatMap((status) =>
    units[status] === 0 && status !== 'done' ? [] : [`${countText(units[status])} ${status}`],
  );
  const apps = report.apps.slice(0, 5).map(({ app, bytes }) => `${app} ${bytesText(bytes)}`);
  return [
    ` Units        ${counts.join(', ')}`,
    ` Read         ${pluralText(report.total_packets, 'packet')}, ${bytesText(report.total_bytes)} in ${pluralText(report.files, 'file')}`,
    ` Connections  ${countText(report.total_connections)}`,
    ` Apps         ${apps.length === 0 ? '-' : apps.join(', ')}`,
    ` Report       ${safeText(run)}/report.json`,
    ` Data set     ${safeText(run)}/dataset`,
  ];
}

/** "3 streams, 12 files, 1,234 connections". */
export function mergedText({ streams, files, total_connections }: BatchReport): string {
  const connections = pluralText(total_connections, 'connection');
  return `${pluralText(streams.length, 'stream')}, ${pluralText(files, 'file')}, ${connections}`;
}

/** What did not go well, one sentence each. */
export function problemSentences(report: BatchReport): string[] {
  return [
    ...report.failures.map(({ stream, error }) => `the stream ${stream} failed: ${error}`),
    ...report.damaged_inputs.map(({ name, damage }) => `${name}: ${damage}`),
    ...report.skipped.map(({ reason }) => reason),
  ];
}
