import type { JoinEnds } from '../core/diff/join-model.js';
import type { Difference } from '../core/diff/model.js';
import { safeText } from './safe-text.js';

/** "new", "gone", "+52%", "×3.2". */
export function changeText({ change, a, b }: Difference): string {
  if (change !== 'changed' || a === null || b === null) return change;
  if (a === 0 || b === 0) return a === 0 ? 'from 0' : 'to 0';
  const factor = b / a;
  if (factor >= 2) return `×${factor < 10 ? factor.toFixed(1) : Math.round(factor)}`;
  const percent = Math.round((factor - 1) * 100);
  return `${percent > 0 ? '+' : ''}${percent}%`;
}

/** The pair with an arrow, everything else as it is. */
export function whatText({ section, what }: Difference): string {
  if (section !== 'pair') return safeText(what);
  const [client = '', server = '', ...label] = what.split(' ');
  return `${safeText(client)} → ${safeText(server)} ${safeText(label.join(' '))}`;
}

/** "TCP 10.0.0.5:40000 → 192.0.2.1:443" */
export function endsWords({ protocol, src_ip, src_port, dst_ip, dst_port }: JoinEnds): string {
  const end = (ip: string, port: number) => (port === 0 ? ip : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
  return `${protocol} ${end(src_ip, src_port)} → ${end(dst_ip, dst_port)}`;
}
