import type { ReportSummary } from '../../core/report/model.js';
import { countColumn, textColumn } from './columns.js';
import { keyCells, type View } from './view.js';

type Tls = NonNullable<ReportSummary['tls']>;

/** Connections whose TLS handshake has a property. */
export interface TlsRow {
  /** A key of `tls` in the report: "versions", "ciphers", "certificates". */
  property: string;
  /** "1.3", "x25519"; of a certificate its first name, else its issuer. */
  value: string;
  connections: number;
  /** Of a certificate; null, and no names, for the other properties. */
  issuer: string | null;
  names: readonly string[];
  not_after: number | null;
  self_signed: boolean | null;
  /** Connections at whose time it was over, and to whose name it did not belong. */
  expired: number | null;
  mismatch: number | null;
}

/** Of a JA4, which has to be seen whole to be compared. */
const FINGERPRINT_LEN = 36;

const NO_CERTIFICATE = {
  issuer: null,
  names: [],
  not_after: null,
  self_signed: null,
  expired: null,
  mismatch: null,
};

/** The properties that count connections by value, in the order of the report. */
const COUNTED = [
  'versions',
  'alpn',
  'ciphers',
  'ciphers_offered',
  'groups',
  'groups_offered',
  'post_quantum',
  'ech',
  'ja3',
  'ja4',
] as const satisfies readonly (keyof Tls)[];

export const tlsView: View<TlsRow> = {
  name: 'tls',
  rows: tlsRows,
  columns: (_summary, { paint }) => [
    textColumn('TLS', ({ property }) => property.replace('_', ' '), 12),
    textColumn('value', ({ value }) => value, FINGERPRINT_LEN, { shorten: 'middle' }),
    countColumn('connections', ({ connections }) => connections),
    textColumn('issuer', ({ issuer }) => issuer, 12, { shorten: 'middle', expendable: 2 }),
    textColumn('valid until', ({ not_after: until }) => dayText(until), Number.POSITIVE_INFINITY, { expendable: 1 }),
    textColumn('problem', certificateProblem, 8, { paint: paint.notable }),
  ],
  cells: keyCells(
    'property',
    'value',
    'connections',
    'issuer',
    'names',
    'not_after',
    'self_signed',
    'expired',
    'mismatch',
  ),
};

function tlsRows({ tls }: ReportSummary): TlsRow[] {
  if (tls === null) return [];
  const counted = COUNTED.flatMap((property) =>
    Object.entries<number>(tls[property])
      .filter(([, connections]) => connections > 0)
      .map(([value, connections]) => ({ property, value, connections, ...NO_CERTIFICATE })),
  );
  const certificates = tls.certificates.map(({ connections, ...certificate }) => ({
    property: 'certificates',
    value: certificate.names[0] ?? certificate.issuer ?? '',
    connections,
    ...certificate,
  }));
  return [...counted, ...certificates];
}

function certificateProblem({ self_signed, expired, mismatch }: TlsRow): string {
  const problems = [
    self_signed === true ? 'self-signed' : '',
    (expired ?? 0) > 0 ? 'expired' : '',
    (mismatch ?? 0) > 0 ? 'other name' : '',
  ];
  return problems.filter((problem) => problem !== '').join(', ');
}

/** "2027-09-18"; a time out of range as the plain number. */
function dayText(seconds: number | null): string {
  if (seconds === null) return '';
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString().slice(0, 10);
}
