import type { ConnectionRecord } from '../../core/report/model.js';
import type { ReportData } from './report-data.js';

/** What connections can be ordered by. */
const ORDER_KEYS = [
  'first_seen',
  'src_ip',
  'dst_ip',
  'label',
  'domain',
  'state',
  'rtt_ms',
  'packets',
  'bytes',
] as const;
export type OrderKey = (typeof ORDER_KEYS)[number];

export interface RowOrder {
  readonly by: OrderKey;
  readonly isDescending: boolean;
}

const TEXT_KEYS: readonly OrderKey[] = ['src_ip', 'dst_ip', 'label', 'domain', 'state'];

/** The rows in order; equal ones as the capture has them, rows without a value last. */
export function ordered(data: ReportData, rows: Int32Array, { by, isDescending }: RowOrder): Int32Array {
  const ranks = TEXT_KEYS.includes(by)
    ? data.derivedColumn(`rank of ${by}`, () => textRanks(data, by))
    : data.numbers(by as keyof ConnectionRecord);
  const sign = isDescending ? -1 : 1;
  return rows.slice().sort((a, b) => {
    const [left, right] = [ranks[a]!, ranks[b]!];
    if (left === right) return a - b;
    if (Number.isNaN(left)) return Number.isNaN(right) ? a - b : 1;
    if (Number.isNaN(right)) return -1;
    return (left - right) * sign;
  });
}

/** The place of each row's text among all, NaN without one. */
function textRanks(data: ReportData, by: OrderKey): Float64Array {
  const { texts, at } = data.texts(by === 'state' ? 'tcp_state' : (by as keyof ConnectionRecord));
  const order = texts.map((text, code) => ({ text, code })).sort((a, b) => compareTexts(a.text, b.text));
  const rank = new Float64Array(texts.length);
  for (const [place, { code }] of order.entries()) rank[code] = place;
  return Float64Array.from(at, (code) => (code < 0 ? Number.NaN : rank[code]!));
}

/** Numbers within texts count as numbers, so that 10.0.0.9 comes before 10.0.0.10. */
function compareTexts(a: string, b: string): number {
  return COLLATOR.compare(a, b);
}

const COLLATOR = new Intl.Collator('en', { numeric: true });
