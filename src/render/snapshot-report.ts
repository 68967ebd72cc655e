import type { ConnectionProof } from '../core/report/connection-proof.js';
import type { SnapshotFinding, SnapshotTest } from '../core/snapshot/model.js';
import { type Column, gridLines } from './grid.js';
import { countText, pluralText } from './quantities.js';
import type { FormatOptions } from './report-format.js';
import { safeText } from './safe-text.js';
import { shellText } from './shell-text.js';
import { wrapWords } from './text-width.js';

const INDENT = 1;
const KINDS: readonly SnapshotFinding['kind'][] = ['new', 'changed', 'gone'];
const LEFT_OUT_WORDS = {
  'link-local': 'stay on the link',
  control: 'are DHCP or control messages',
  'mid-stream': 'began before the capture',
};

/** The result of a test for people: what differs, with the packets that prove it. */
export function snapshotLines(test: SnapshotTest, options: FormatOptions): string[] {
  const { findings, inputs, snapshot } = test;
  const { paint, width } = options;
  const head = [
    inputs.length === 1 ? nameOf(inputs[0]!.name) : pluralText(inputs.length, 'capture'),
    `against ${safeText(snapshot)}`,
  ];
  const counts = [
    pluralText(test.total_packets, 'packet'),
    pluralText(test.total_connections, 'connection'),
    pluralText(test.contacts, 'contact'),
    pluralText(test.entries, 'entry', 'entries'),
  ];
  const lines = [
    ...wrapWords([paint.heading(head.join(' ')), ...counts], ' · ', width - INDENT, 2),
    ...leftOutLines(test, options),
  ].map((line) => ' '.repeat(INDENT) + line);
  if (findings.length === 0) return [...lines, '', ` ${paint.bar('nothing differs')}`];
  lines.push('', ` ${paint.alarm(countsText(findings))}`, '');
  lines.push(...gridLines(columns(test, options), findings, gridOptions(options)));
  const example = findings.find(({ proofs }) => proofs.length > 0)?.proofs[0];
  if (example !== undefined) {
    const files = inputs.map(({ name }) => shellText(name)).join(' ');
    lines.push(` ${paint.faint(`dpi analyze --explain ${example.id} ${files}`)}`);
  }
  return lines;
}

/** "1 new, 2 changed, 1 gone" */
export function countsText(findings: readonly SnapshotFinding[]): string {
  const counts = KINDS.map((kind) => [kind, findings.filter((finding) => finding.kind === kind).length] as const);
  return counts
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${countText(count)} ${kind}`)
    .join(', ');
}

/** "#703, #710 +2"; of several inputs "b.pcap #12". */
function packetsText(proofs: readonly ConnectionProof[], connections: number, names: readonly string[]): string {
  const texts = proofs.map((proof) => packetText(proof, names));
  const more = connections - proofs.length;
  return `${texts.join(', ')}${more > 0 ? ` +${countText(more)}` : ''}`;
}

/** The packet by its number in its own file, as a viewer shows it. */
function packetText({ packet, input, frame }: ConnectionProof, names: readonly string[]): string {
  if (input !== null && frame !== null) return `${nameOf(names[input] ?? '')} #${frame}`;
  return packet === null ? '' : `#${packet}`;
}

/** "TLS 1.3 → 1.2", "tls → http" */
function changesText({ changes }: Pick<SnapshotFinding, 'changes'>): string {
  return changes
    .map(({ key, expected, found }) => {
      const change = `${safeText(expected)} → ${safeText(found ?? 'none')}`;
      return key === 'tls' ? `TLS ${change}` : change;
    })
    .join(', ');
}

function columns(test: SnapshotTest, { paint }: FormatOptions): Column<SnapshotFinding>[] {
  const names = test.inputs.map(({ name }) => name);
  const tint = { new: paint.alarm, changed: paint.notable, gone: paint.faint };
  const cell = (text: string | null) => [safeText(text ?? '')];
  return [
    {
      title: '',
      align: 'left',
      lines: ({ kind }) => [kind],
      minWidth: Infinity,
      paint: (text, { kind }) => tint[kind](text),
    },
    { title: 'Client', align: 'left', lines: ({ client }) => cell(client), minWidth: 6, expendable: 2 },
    {
      title: 'Contact',
      align: 'left',
      lines: ({ to, what }) => [what === 'lookup' ? `${safeText(to)} (look-up)` : safeText(to)],
      minWidth: 16,
      shorten: 'middle',
    },
    { title: 'Port', align: 'left', lines: ({ port }) => cell(port), minWidth: 9 },
    { title: 'Protocol', align: 'left', lines: ({ protocol }) => cell(protocol), minWidth: 4, expendable: 3 },
    { title: 'Label', align: 'left', lines: ({ label }) => cell(label), minWidth: 6, expendable: 4 },
    { title: 'Change', align: 'left', lines: (finding) => [changesText(finding)], minWidth: 10 },
    {
      title: 'Conns',
      align: 'right',
      lines: ({ connections }) => [connections === 0 ? '' : countText(connections)],
      minWidth: 5,
      expendable: 1,
    },
    {
      title: 'Packets',
      align: 'left',
      lines: ({ proofs, connections, line }) => [
        proofs.length > 0 ? packetsText(proofs, connections, names) : `line ${line}`,
      ],
      minWidth: 8,
      shorten: 'end',
    },
  ];
}

function gridOptions({ width, paint }: FormatOptions) {
  return { width, indent: INDENT, paintTitle: (title: string) => paint.heading(title) };
}

function leftOutLines({ left_out }: SnapshotTest, { paint }: FormatOptions): string[] {
  const parts = Object.entries(left_out).filter(([, count]) => count > 0);
  if (parts.length === 0) return [];
  const texts = parts.map(
    ([kind, count]) => `${countText(count)} ${LEFT_OUT_WORDS[kind as keyof typeof LEFT_OUT_WORDS]}`,
  );
  return [paint.faint(`connections left out: ${texts.join(', ')}`)];
}

function nameOf(name: string): string {
  return name === '-' ? 'standard input' : safeText(name);
}
