import type {
  AnswerRow,
  BytePlace,
  EntryRow,
  Explanation,
  Pieces,
  Proof,
  ProtectedPlace,
} from '../core/explain/model.js';
import { protocolTitle } from '../core/explain/protocol-title.js';
import { drawTable } from './draw-table.js';
import { hexDump } from './hex-dump.js';
import type { Paint } from './paint.js';
import { qualityWords } from './quality-words.js';
import { bytesText, countText, durationText, momentText, pluralText } from './quantities.js';
import { safeText } from './safe-text.js';
import { shortenMiddle, textWidth, wrapWords } from './text-width.js';

const INDENT = 1;
const LABEL_WIDTH = 11;
/** A hex dump of four bytes a line. */
const LEAST_ROOM = 21;
/** Bytes in a line of a hex dump, and its width in columns. */
const DUMP_WIDTHS = [
  [16, 63],
  [8, 35],
] as const;
const PACKETS_SHOWN = 8;
const PROOFS_SHOWN = 10;
const PLACES_SHOWN = 3;

/** The lines about one connection, none wider than `width` (from 40 columns on). */
export function explanationLines(explanation: Explanation, width: number, paint: Paint): string[] {
  const page = new Page(width, paint);
  headLines(page, explanation);
  const { proofs, connection } = explanation;
  for (const [i, proof] of proofs.slice(0, PROOFS_SHOWN).entries()) proofLines(page, proof, i, connection.first_seen);
  if (proofs.length > PROOFS_SHOWN)
    page.entry('', `… ${countText(proofs.length - PROOFS_SHOWN)} more names`, page.paint.faint);
  payloadLines(page, explanation);
  for (const [i, entry] of explanation.entries.entries()) {
    page.entry(i === 0 ? 'App table' : '', entryText(entry), !entry.decides && page.paint.faint);
    if (entry.decides && entry.source !== null) page.entry('', sourceText(entry.source, entry.date), page.paint.faint);
  }
  for (const [i, answer] of explanation.dns_answers.entries()) answerLines(page, answer, i, connection.first_seen);
  handshakeLines(page, explanation);
  for (const [i, { rule, action, matches, decides }] of explanation.rules.entries()) {
    const text = `${rule} (${action}) matches ${matches}${decides ? ' and decides' : ''}`;
    page.entry(i === 0 ? 'Rules' : '', text, decides ? action === 'block' && page.paint.alarm : page.paint.faint);
  }
  triedLines(page, explanation);
  return page.lines();
}

/** How a text is painted; false for plain. */
type Style = ((text: string) => string) | false;

/** A head, and below it labels at the left with the text that belongs to them. */
class Page {
  readonly head: string[] = [];
  private readonly rows: [label: string, text: string][] = [];

  constructor(
    readonly width: number,
    readonly paint: Paint,
  ) {}

  get room(): number {
    return Math.max(LEAST_ROOM, this.width - INDENT - LABEL_WIDTH - 1);
  }

  /** A sentence under a label; '' continues under the previous label. */
  entry(label: string, text: string, style: Style = false): void {
    const words = safeText(text)
      .split(' ')
      .map((word) => shortenMiddle(word, this.room));
    this.put(label, wrapWords(words, ' ', this.room, 0), style);
  }

  /** Lines that are laid out already. */
  put(label: string, lines: readonly string[], style: Style = false): void {
    const text = style === false ? lines : lines.map(style);
    this.rows.push([label === '' ? '' : this.paint.faint(label), text.join('\n')]);
  }

  dump(hex: string, offset: number | null): void {
    const bytesPerLine = DUMP_WIDTHS.find(([, columns]) => columns <= this.room)?.[0] ?? 4;
    this.put('', hexDump(hex, offset, bytesPerLine), this.paint.faint);
  }

  lines(): string[] {
    return [...this.head, ...drawTable(this.rows, { widths: [LABEL_WIDTH, this.room], indent: INDENT, gap: 1 })];
  }
}

function headLines(page: Page, explanation: Explanation): void {
  const { connection: c, first_packet: first, last_packet: last } = explanation;
  const { paint, width } = page;
  const ends = `${endpoint(c.src_ip, c.src_port)} → ${endpoint(c.dst_ip, c.dst_port)}`;
  const left = `Connection ${c.id}  ${c.protocol} ${ends}`;
  const app = c.app === 'UNKNOWN' ? paint.notable(c.app) : paint.heading(c.app);
  const gap = width - textWidth(left) - textWidth(c.app);
  page.head.push(gap >= 2 ? paint.heading(left) + ' '.repeat(gap) + app : paint.heading(shortenMiddle(left, width)));
  const words = safeText(explanation.summary)
    .split(' ')
    .map((word) => shortenMiddle(word, width - INDENT));
  for (const line of wrapWords(words, ' ', width - INDENT, 0)) page.head.push(' '.repeat(INDENT) + line);
  page.head.push('');
  const amount = `${pluralText(c.packets, 'packet')} (${countText(c.packets_out)} out, ${countText(c.packets_in)} in), ${bytesText(c.bytes)}`;
  const numbers = first === last ? `number ${countText(first)}` : `numbers ${countText(first)} to ${countText(last)}`;
  page.entry(
    'Seen',
    `${preciseTime(c.first_seen)}, for ${durationText(c.last_seen - c.first_seen)}; ${amount}, ${numbers}`,
  );
  const protocol = c.app_protocol === null ? [] : [protocolTitle(c.app_protocol)];
  const state = c.tcp_state === null ? [] : [`TCP state: ${c.tcp_state}`];
  if (protocol.length + state.length > 0) page.entry('Protocol', [...protocol, ...state].join(', '));
  const quality = qualityWords(c);
  if (quality !== '') page.entry('Quality', quality);
  if (c.community_id !== null) page.entry('Community', `ID ${c.community_id}`);
  page.entry('Wireshark', explanation.display_filter, paint.faint);
  for (const [i, technique] of c.techniques.entries())
    page.entry(i === 0 ? 'Evasion' : '', technique, page.paint.alarm);
}

function proofLines(page: Page, proof: Proof, index: number, begun: number): void {
  const { paint } = page;
  if (proof.name !== null) {
    const label = index === 0 ? 'Name' : 'and';
    page.put(label, [paint.heading(shortenMiddle(safeText(proof.name), page.room))]);
  }
  const label = proof.name === null ? (index === 0 ? 'Message' : 'and') : '';
  const reference = proof.reference === '' ? '' : ` (${proof.reference})`;
  page.entry(label, `${protocolTitle(proof.protocol)} ${proof.field}${reference}`);
  if (proof.text !== null) page.put('', [shortenMiddle(`“${safeText(proof.text)}”`, page.room)]);
  for (const place of proof.bytes.slice(0, PLACES_SHOWN)) placeLines(page, place, begun);
  if (proof.bytes.length > PLACES_SHOWN) {
    const last = proof.bytes.at(-1)!;
    const more = pluralText(proof.bytes.length - PLACES_SHOWN, 'more piece');
    page.entry('', `… ${more}, the last in packet ${countText(last.packet)} (${since(last.time, begun)})`);
  }
  for (const place of proof.decrypted) protectedLines(page, place, begun);
  const came = cameIn(proof);
  if (came !== '') page.entry('', came);
  for (const note of proof.notes) page.entry('', note, page.paint.faint);
}

function placeLines(page: Page, place: BytePlace, begun: number, label = '', what = ''): void {
  const where =
    place.frame_offset === null ? 'at an unknown offset' : `frame offset ${place.frame_offset}, ${bytes(place.length)}`;
  page.entry(label, `${what}packet ${countText(place.packet)} (${since(place.time, begun)}), ${where}:`);
  page.dump(place.hex, place.frame_offset);
}

function protectedLines(page: Page, place: ProtectedPlace, begun: number): void {
  const where = place.initial_frame_offset === null ? '' : ` at frame offset ${place.initial_frame_offset}`;
  page.entry(
    '',
    `packet ${countText(place.packet)} (${since(place.time, begun)}), encrypted in the Initial${where}, ${bytes(place.initial_length)}; ` +
      `in its decrypted payload at offset ${place.payload_offset}, in the CRYPTO stream at ${place.crypto_offset}, ${bytes(place.length)}:`,
  );
  page.dump(place.hex, place.crypto_offset);
}

/** "came in 2 TCP segments, 1 TLS record (packets 104, 105); a message of 1,805 bytes" */
function cameIn(proof: Proof): string {
  const { pieces, packets, message_length: length } = proof;
  const parts = pieceTexts(pieces);
  if (parts.length === 0) return '';
  const shown = packets.slice(0, PACKETS_SHOWN).map(countText).join(', ');
  const more = packets.length > PACKETS_SHOWN ? ', …' : '';
  const list = packets.length > 1 ? ` (packets ${shown}${more})` : '';
  const whole = length === null ? '' : `; a message of ${bytes(length)}`;
  return `came in ${parts.join(', ')}${list}${whole}`;
}

function pieceTexts(pieces: Pieces): string[] {
  const named: [number, string][] = [
    [pieces.segments, 'TCP segment'],
    [pieces.datagrams, 'datagram'],
    [pieces.ip_fragments, 'IP fragment'],
    [pieces.records, 'TLS record'],
    [pieces.initials, 'Initial'],
    [pieces.crypto_frames, 'CRYPTO frame'],
  ];
  return named.filter(([count]) => count > 0).map(([count, name]) => pluralText(count, name));
}

function payloadLines(page: Page, { payloads, connection, proofs }: Explanation): void {
  // A proof may have shown the same bytes.
  const shown = new Set(proofs.flatMap((proof) => proof.bytes.map((place) => `${place.packet} ${place.frame_offset}`)));
  let label = 'Payload';
  for (const { from, place } of payloads) {
    if (shown.has(`${place.packet} ${place.frame_offset}`)) continue;
    placeLines(page, place, connection.first_seen, label, `first bytes of the ${from}: `);
    label = '';
  }
}

function sourceText(source: string, date: string | null): string {
  return `source: ${source}${date === null ? '' : `, ${date}`}`;
}

function entryText({ kind, entry, app, subject, hosting, decides, why_not: whyNot }: EntryRow): string {
  const verb = kind === 'range' ? 'lies in' : 'is covered by';
  const owner = hosting ? `${app}, which hosts third-party content there too` : app;
  const what = subject === entry ? `${entry} is` : `${subject} ${verb} ${entry}:`;
  return `${what} ${owner}${decides ? '' : `; not used: ${whyNot}`}`;
}

function answerLines(page: Page, answer: AnswerRow, index: number, begun: number): void {
  const { name, address, type, ttl, packet, time, bytes: place, decides, why_not: whyNot } = answer;
  const kind = type === 'HINT' ? 'address hint' : type;
  page.entry(
    index === 0 ? 'DNS' : '',
    `packet ${countText(packet)} (${since(time, begun)}): ${name} is ${address} (${kind}, TTL ${ttl} s)${decides ? '' : `; not used: ${whyNot}`}`,
    !decides && page.paint.faint,
  );
  if (decides) page.dump(place.hex, place.frame_offset);
}

function handshakeLines(page: Page, { connection: c }: Explanation): void {
  const words = [
    ...(c.quic_version === null ? [] : [`QUIC version ${c.quic_version}`]),
    ...(c.tls_version === null ? [] : [c.tls_version.startsWith('SSL') ? c.tls_version : `TLS ${c.tls_version}`]),
    ...(c.alpn === null ? [] : [`ALPN ${c.alpn}`]),
    ...(c.ja4 === null ? [] : [`JA4 ${c.ja4}`]),
    ...(c.ja3 === null ? [] : [`JA3 ${c.ja3}`]),
    ...(c.cert_names.length === 0 ? [] : [`certificate for ${c.cert_names.join(' ')}`]),
  ];
  if (words.length === 0) return;
  const wrapped = wrapWords(
    words.map((word) => shortenMiddle(safeText(word), page.room)),
    ', ',
    page.room,
    0,
  );
  page.put('Handshake', wrapped, page.paint.faint);
}

function triedLines(page: Page, { asked, connection }: Explanation): void {
  if (connection.app_protocol !== null || connection.unknown_reason === null) return;
  const unfinished = asked.filter(({ answer }) => answer === 'unfinished' || answer === 'broken');
  const refused = asked.filter(({ answer }) => answer === 'no').map(({ protocol }) => protocol);
  for (const { protocol, answer } of unfinished) {
    page.entry(
      '',
      `${protocol}: ${answer === 'broken' ? 'began like it, but is malformed' : 'began like it, but did not end'}`,
    );
  }
  if (refused.length > 0) page.entry('Tried', `no match: ${refused.join(', ')}`, page.paint.faint);
}

function endpoint(address: string, port: number): string {
  if (port === 0) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function bytes(count: number): string {
  return pluralText(count, 'byte');
}

function since(time: number, begun: number): string {
  const seconds = time - begun;
  return `${seconds < 0 ? '−' : '+'}${Math.abs(seconds).toFixed(6)} s`;
}

/** "2026-03-01 10:14:07.123456 UTC" */
export function preciseTime(seconds: number): string {
  const date = new Date(Math.floor(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return `${seconds} s`;
  const micros = Math.round((seconds - Math.floor(seconds)) * 1e6);
  return `${momentText(date)}.${String(micros).padStart(6, '0')} UTC`;
}
