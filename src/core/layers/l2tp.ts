import { u16 } from '../common/bytes.js';
import { LAYER_END, LAYER_PPP } from './layer-ids.js';
import type { PacketView } from './packet-view.js';

/** L2TP version 2 (RFC 2661 §3.1); version 3 does not tell its payload without the control connection. */
const FLAGS = 0;
const LENGTH = 2;
const FLAGS_LEN = 2;
const IDS_LEN = 4;
const SEQUENCE_LEN = 4;
const OFFSET_SIZE_LEN = 2;

const CONTROL_MESSAGE = 0x8000;
const LENGTH_PRESENT = 0x4000;
const SEQUENCE_PRESENT = 0x0800;
const OFFSET_PRESENT = 0x0200;
const RESERVED = 0x34f0;
const VERSION_MASK = 0x000f;
const VERSION_2 = 2;

/** Data messages lead to PPP; control messages, and payloads that are no L2TP version 2, end here. */
export function decodeL2tp(view: PacketView): number {
  const { buf, cursor: start, limit } = view;
  if (limit - start < FLAGS_LEN + IDS_LEN) return LAYER_END;
  const flags = u16(buf, start + FLAGS);
  if ((flags & (CONTROL_MESSAGE | RESERVED)) !== 0 || (flags & VERSION_MASK) !== VERSION_2) return LAYER_END;

  let at = start + FLAGS_LEN + IDS_LEN;
  if ((flags & LENGTH_PRESENT) !== 0) {
    at += 2;
    const end = start + u16(buf, start + LENGTH);
    if (end < at || end > limit + view.missingLen) return LAYER_END;
    view.narrow(end);
  }
  if ((flags & SEQUENCE_PRESENT) !== 0) at += SEQUENCE_LEN;
  if ((flags & OFFSET_PRESENT) !== 0) {
    if (view.limit - at < OFFSET_SIZE_LEN) return LAYER_END;
    at += OFFSET_SIZE_LEN + u16(buf, at);
  }
  if (at >= view.limit) return LAYER_END;
  view.cursor = at;
  return LAYER_PPP;
}
