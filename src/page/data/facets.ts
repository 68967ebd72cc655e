import type { ConnectionRecord } from '../../core/report/model.js';
import type { ReportData } from './report-data.js';

/** What a click can select by, besides the period and the search. */
export const FACET_NAMES = [
  'label',
  'host',
  'protocol',
  'domain',
  'state',
  'trait',
  'reason',
  'tls',
  'alpn',
  'cipher',
  'group',
  'ja4',
  'quic',
  'alert',
  'technique',
  'rule',
] as const;
export type FacetName = (typeof FACET_NAMES)[number];

/** The value that stands for null, which no text of a report is. */
export const NO_VALUE = '';

/** The values of a facet, and the columns that have each row's: a row fits where one of its columns does. */
export interface Facet {
  /** The texts of a code; more than one for lists. */
  readonly values: readonly (readonly string[])[];
  readonly columns: readonly Int32Array[];
}

interface FacetSource {
  readonly title: string;
  /** The key of `--where`. */
  readonly field: string;
  read(data: ReportData): Facet;
}

export const FACETS: Readonly<Record<FacetName, FacetSource>> = {
  label: ofText('label', 'label'),
  host: {
    title: 'host',
    field: 'ip',
    read: (data) => ({
      values: data.addresses.map((address) => [address]),
      columns: [data.texts('src_ip').at, data.texts('dst_ip').at],
    }),
  },
  protocol: ofText('protocol', 'app_protocol'),
  domain: ofList('name', 'domains'),
  state: ofText('state', 'tcp_state'),
  trait: { title: 'with', field: '', read: (data) => traitFacet(data) },
  reason: ofText('no app', 'unknown_reason'),
  tls: ofText('TLS', 'tls_version'),
  alpn: ofText('ALPN', 'alpn'),
  cipher: ofText('cipher', 'tls_cipher'),
  group: ofText('key exchange', 'tls_group'),
  ja4: ofText('JA4', 'ja4'),
  quic: ofText('QUIC', 'quic_version'),
  alert: ofList('TLS alert', 'tls_alerts'),
  technique: ofList('technique', 'techniques'),
  rule: ofText('rule', 'blocked_by'),
};

function ofText(title: string, key: keyof ConnectionRecord): FacetSource {
  return {
    title,
    field: key,
    read(data) {
      const { texts, at } = data.texts(key);
      // Null is the last code.
      const shifted = at.map((code) => (code < 0 ? texts.length : code));
      return { values: [...texts.map((text) => [text]), [NO_VALUE]], columns: [shifted] };
    },
  };
}

function ofList(title: string, key: keyof ConnectionRecord): FacetSource {
  return {
    title,
    field: key,
    read(data) {
      const { lists, at } = data.lists(key);
      return { values: lists, columns: [at] };
    },
  };
}

/** What may be true of a connection: its name in the address of the page, in words, and for `--where`. */
export interface Trait {
  readonly name: string;
  readonly words: string;
  readonly where: string;
  isTrue(data: ReportData, row: number): boolean;
}

export const TRAITS: readonly Trait[] = [
  trait('unanswered', 'no answer to the SYN', 'tcp_outcome == unanswered', (data, row) => {
    return data.text('tcp_outcome', row) === 'unanswered';
  }),
  trait('refused', 'refused', 'tcp_outcome == refused', (data, row) => data.text('tcp_outcome', row) === 'refused'),
  trait('reset', 'reset', 'reset_by != null', (data, row) => data.text('reset_by', row) !== null),
  trait('reset-by-server', 'reset by the server', 'reset_by == server', (data, row) => {
    return data.text('reset_by', row) === 'server';
  }),
  trait('failed-handshake', 'TLS handshake failed', 'is_handshake_failed', (data, row) => {
    return data.numbers('is_handshake_failed')[row] === 1;
  }),
  trait('retransmitted', 'retransmissions', 'retransmitted_packets > 0', (data, row) => {
    return data.numbers('retransmitted_packets')[row]! > 0;
  }),
  trait('lost', 'lost segments', 'lost_segments > 0', (data, row) => data.numbers('lost_segments')[row]! > 0),
  trait('zero-window', 'zero window', 'zero_windows > 0', (data, row) => data.numbers('zero_windows')[row]! > 0),
  trait('expired-certificate', 'certificate expired', 'is_cert_expired', (data, row) => {
    return data.numbers('is_cert_expired')[row] === 1;
  }),
  trait('other-certificate', 'certificate for another name', 'is_cert_name_mismatch', (data, row) => {
    return data.numbers('is_cert_name_mismatch')[row] === 1;
  }),
  trait('self-signed', 'self-signed certificate', 'is_cert_self_signed', (data, row) => {
    return data.numbers('is_cert_self_signed')[row] === 1;
  }),
  trait('evasion', 'evasion', 'techniques != null', (data, row) => data.list('techniques', row).length > 0),
  trait('blocked', 'blocked', 'blocked', (data, row) => data.numbers('blocked')[row] === 1),
  trait('lookup', 'DNS look-up', 'is_lookup', (data, row) => data.numbers('is_lookup')[row] === 1),
  trait('ech', 'Encrypted ClientHello offered', 'ech', (data, row) => data.numbers('ech')[row] === 1),
  trait('post-quantum', 'post-quantum key exchange', 'is_post_quantum', (data, row) => {
    return data.numbers('is_post_quantum')[row] === 1;
  }),
];

function trait(name: string, words: string, where: string, isTrue: Trait['isTrue']): Trait {
  return { name, words, where, isTrue };
}

/** The traits of each row, as sets that many rows share. */
function traitFacet(data: ReportData): Facet {
  const values: string[][] = [];
  const places = new Map<number, number>();
  const at = new Int32Array(data.count);
  for (let row = 0; row < data.count; row++) {
    let bits = 0;
    for (let i = 0; i < TRAITS.length; i++) if (TRAITS[i]!.isTrue(data, row)) bits |= 1 << i;
    const known = places.get(bits);
    if (known === undefined) {
      places.set(bits, values.length);
      at[row] = values.length;
      values.push(TRAITS.filter((_, i) => ((bits >> i) & 1) === 1).map(({ name }) => name));
    } else at[row] = known;
  }
  return { values, columns: [at] };
}
