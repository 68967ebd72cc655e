import { i32 } from '../common/bytes.js';
import type { DnsAnswers } from '../inspect/dns/dns-answers.js';
import { RECORD_FIXED_LEN } from '../inspect/dns/dns-message.js';
import { ipv4Text, ipv6Text } from '../report/address-text.js';
import type { AnswerRow } from './model.js';
import { type Payload, placesOf } from './payload.js';

/** Answers remembered of one pair of client and server. */
const MAX_ANSWERS = 16;

/** The DNS answers that told clients the addresses of the connections to explain. */
export class AnswerLog {
  private readonly rows = new Map<string, AnswerRow[]>();

  /** `pairs` are the "client server" addresses that matter. */
  constructor(private readonly pairs: ReadonlySet<string>) {}

  /** The addresses that the DNS message in `payload`, `buf` from `start` on, gave `client` for `name`. */
  add(client: string, name: string, buf: Buffer, start: number, answers: DnsAnswers, payload: Payload): void {
    for (let i = 0; i < answers.count; i++) {
      const at = answers.addressStart[i]!;
      const isV6 = answers.family[i] === 6;
      const address = isV6
        ? ipv6Text(i32(buf, at), i32(buf, at + 4), i32(buf, at + 8), i32(buf, at + 12))
        : ipv4Text(i32(buf, at));
      const key = `${client} ${address}`;
      if (!this.pairs.has(key)) continue;
      const [place] = placesOf(payload, at - start, at - start + (isV6 ? 16 : 4));
      const rows = this.rows.get(key) ?? [];
      if (rows.length >= MAX_ANSWERS) rows.shift();
      rows.push({
        name,
        address,
        type: typeOf(buf, at, isV6),
        ttl: answers.ttl[i]!,
        packet: payload.packet,
        time: payload.tsMicros / 1e6,
        bytes: place!,
        decides: false,
        why_not: null,
      });
      this.rows.set(key, rows);
    }
  }

  /** The answers that `client` had for `server` up to `time`, the latest first. */
  before(client: string, server: string, time: number): AnswerRow[] {
    const rows = this.rows.get(`${client} ${server}`) ?? [];
    return rows
      .filter((row) => row.time <= time)
      .map((row) => ({ ...row }))
      .reverse();
  }
}

/** An address record's data is its address; others give it as a hint (RFC 9460 §7.3). */
function typeOf(buf: Buffer, at: number, isV6: boolean): AnswerRow['type'] {
  const type = (buf[at - RECORD_FIXED_LEN]! << 8) | buf[at - RECORD_FIXED_LEN + 1]!;
  const len = (buf[at - 2]! << 8) | buf[at - 1]!;
  if (isV6) return type === 28 && len === 16 ? 'AAAA' : 'HINT';
  return type === 1 && len === 4 ? 'A' : 'HINT';
}
