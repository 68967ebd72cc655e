import type { ReportData } from './report-data.js';

const TEXT_KEYS = ['label', 'app_protocol', 'protocol', 'tcp_state', 'alpn', 'ja4', 'network', 'vlan'] as const;
const ADDRESS_KEYS = ['src_ip', 'dst_ip'] as const;
const LIST_KEYS = ['domains', 'cert_names', 'cname_targets'] as const;

/**
 * Rows that a search finds: each of its words is a part of a name, address, label, protocol or state; ":443" is a port
 * and "#17" a connection.
 */
export function rowsFound(data: ReportData, search: string): Uint8Array {
  const found = new Uint8Array(data.count).fill(1);
  for (const word of search.toLowerCase().split(/\s+/)) {
    if (word !== '') narrow(data, word, found);
  }
  return found;
}

function narrow(data: ReportData, word: string, found: Uint8Array): void {
  const tests = [...textTests(data, word), ...numberTests(data, word)];
  for (let row = 0; row < data.count; row++) {
    if (found[row] === 1 && !tests.some((test) => test(row))) found[row] = 0;
  }
}

type RowTest = (row: number) => boolean;

function textTests(data: ReportData, word: string): RowTest[] {
  const names = new Map(data.summary.hosts.map((host) => [host.address, host.names.map(({ name }) => name)]));
  const texts = [...TEXT_KEYS, ...ADDRESS_KEYS].map((key) => {
    const { texts: all, at } = data.texts(key);
    const isAddress = key === 'src_ip' || key === 'dst_ip';
    return codeTest(
      all.map((text) => [text, ...(isAddress ? (names.get(text) ?? []) : [])]),
      at,
      word,
    );
  });
  const lists = LIST_KEYS.map((key) => {
    const { lists: all, at } = data.lists(key);
    return codeTest(all, at, word);
  });
  return [...texts, ...lists].filter((test) => test !== null);
}

/** A test of rows by the texts of their codes; null where no code fits. */
function codeTest(texts: readonly (readonly string[])[], at: Int32Array, word: string): RowTest | null {
  const fits = texts.map((all) => all.some((text) => text.toLowerCase().includes(word)));
  return fits.includes(true) ? (row) => fits[at[row]!] === true : null;
}

function numberTests(data: ReportData, word: string): RowTest[] {
  const [, sign, digits] = /^([:#])(\d+)$/.exec(word) ?? [];
  if (digits === undefined) return [];
  const wanted = Number(digits);
  if (sign === '#') {
    const ids = data.numbers('id');
    return [(row) => ids[row] === wanted];
  }
  const [from, to] = [data.numbers('src_port'), data.numbers('dst_port')];
  return [(row) => from[row] === wanted || to[row] === wanted];
}
