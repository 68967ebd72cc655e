import { u16 } from '../common/bytes.js';

/** An alert record of TLS at the beginning of a segment: it tells a connection's end, long after its handshake. */
const ALERT = 21;
const ALERT_HEADER_LEN = 5;
const ALERT_LEN = 7;

/** The planned payload with the alert that the original begins with: no label needs it, but the facts do. */
export function withAlert(planned: Buffer | null, original: Buffer): Buffer | null {
  const alert = keptAlert(original);
  if (alert === null || (planned !== null && planned.length >= ALERT_LEN && planned[0] === ALERT)) return planned;
  if (planned === null || planned.length < ALERT_LEN) return alert;
  alert.copy(planned);
  return planned;
}

/** What stays of a segment that begins with an alert record: header, and alert where it is in clear. Else null. */
export function keptAlert(payload: Buffer): Buffer | null {
  if (payload.length < ALERT_LEN || payload[0] !== ALERT || payload[1] !== 3) return null;
  const kept = Buffer.alloc(ALERT_LEN);
  payload.copy(kept, 0, 0, u16(payload, 3) === 2 ? ALERT_LEN : ALERT_HEADER_LEN);
  return kept;
}
