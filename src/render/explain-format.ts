import type { PacketNote } from '../core/explain/model.js';
import { explanationLines, preciseTime } from './explain.js';
import type { ExplainFormat } from './explain-json.js';
import type { Paint } from './paint.js';
import { countText, pluralText } from './quantities.js';
import type { WriteText } from './report-format.js';
import { safeText } from './safe-text.js';
import { INDENT } from './section.js';
import { wrapWords } from './text-width.js';

/** A malformed packet, or one in no connection; nothing about others, which their connection's explanation covers. */
function packetLines(packet: PacketNote, width: number, paint: Paint): string[] {
  const { number, time, length, captured_length: captured, connection, anomaly } = packet;
  if (anomaly === null && connection !== null) return [];
  const cut = captured < length ? `, ${countText(captured)} captured` : '';
  const title = `Packet ${countText(number)}  ${preciseTime(time)}, ${pluralText(length, 'byte')}${cut}`;
  const sentences = [
    ...(anomaly === null ? [] : [`malformed: ${anomaly}${placeText(packet)}`]),
    connection === null ? 'It belongs to no connection.' : `It belongs to connection ${connection}.`,
  ];
  const room = Math.max(1, width - INDENT);
  const lines = sentences.flatMap((text) => wrapWords(text.split(' '), ' ', room, 0));
  return [paint.heading(title), ...lines.map((line) => ' '.repeat(INDENT) + line), ''];
}

/** ": Total Length (RFC 791 §3.1) at frame offset 16 is 0x0010". */
function placeText({ field, reference, frame_offset: offset, hex, captured_length: captured }: PacketNote): string {
  if (offset === null) return '';
  if (field !== null) return `: ${field} (${reference}) at frame offset ${offset} is 0x${hex}`;
  return `: the header at frame offset ${offset} has ${pluralText(captured - offset, 'byte')} only`;
}

/** Explanations for people. */
export function explainText(write: WriteText, { width, paint }: { width: number; paint: Paint }): ExplainFormat {
  return {
    explanation(explanation) {
      for (const line of explanationLines(explanation, width, paint)) write(`${line}\n`);
      write('\n');
    },
    finish({ query, matched, shown, connections, packet }) {
      if (packet !== null) for (const line of packetLines(packet, width, paint)) write(`${line}\n`);
      const all = pluralText(connections, 'connection');
      const what = safeText(query);
      if (packet !== null && matched <= 1) return;
      if (matched === 0) write(`None of ${all} matches ${what}.\n`);
      else if (matched > shown) {
        write(`${paint.faint(`${countText(matched - shown)} more of ${all} match ${what}: --top or --all.`)}\n`);
      } else if (matched > 1) write(`${paint.faint(`${countText(matched)} of ${all} match ${what}.`)}\n`);
    },
  };
}
