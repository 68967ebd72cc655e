import type { ConnectionRecord } from '../report/model.js';
import { withAlert } from './alert-records.js';
import type { CollectedPacket, ConnectionPackets } from './connection-packets.js';
import type { LabelOracle, TrialPayload } from './label-oracle.js';
import { mappedNames } from './mapped-record.js';
import { DROPPED, KEPT, KIND_KEPT, keepKinds, type Masks, minimise } from './minimise.js';
import { withNamesReplaced } from './name-replacement.js';
import { masked } from './payloads/http-words.js';
import type { Replacements } from './replacements.js';
import { lateTls, type Payloads, structuredPayloads } from './structured-payloads.js';

/** How a connection's label came into the copy. */
export type PlanOutcome =
  /** No payload shows it. */
  | 'headers'
  /** The protocol is rewritten field by field. */
  | 'rewritten'
  /** Bytes stay without which the label changes; names among them are replaced. */
  | 'minimised'
  /** The same, but its names could not be replaced where they are, and are gone. */
  | 'nameless'
  /** The payload is gone, and the label with it. */
  | 'lost';

export interface ConnectionPlan {
  readonly outcome: PlanOutcome;
  /** By place in the connection's packets. */
  readonly payloads: Payloads;
  /** Bytes that stay as they are without being understood: those of a minimised payload. Empty for none. */
  readonly verbatim: Masks;
}

/** What the oracle must say of the copy as it does of the original. */
const LABEL_KEYS = [
  // Who began the connection: requests show it where no SYN does.
  'src_ip',
  'src_port',
  'app_protocol',
  'domain',
  'domains',
  'is_lookup',
  'detected_by',
  'evidence_packet',
  'ech',
  'tls_version',
  'alpn',
  'quic_version',
  'ja3',
  'ja4',
  'cert_names',
  'tls_cipher',
  'tls_group',
  'is_post_quantum',
  'cert_issuer',
  'cert_not_before',
  'cert_not_after',
  'cname_targets',
  'techniques',
  'tls_alerts',
  'is_handshake_failed',
  'answer_ms',
] as const satisfies readonly (keyof ConnectionRecord)[];
const WRONG_CHECKSUM = 'fake segment: bad checksum';
const REMEMBERED = 8;
/** Share of printable bytes from which a payload is text. */
const TEXT_SHARE = 0.85;

/** Decides what stays of the payloads of connections. */
export class ConnectionPlanner {
  /** By protocol: masks that were enough for others, with the bytes that they kept; the latest first. */
  private readonly remembered = new Map<string, RememberedMasks[]>();

  constructor(
    private readonly oracle: LabelOracle,
    private readonly maps: Replacements,
  ) {}

  /** `record` is what the study says of the connection. */
  plan(connection: ConnectionPackets, record: ConnectionRecord): ConnectionPlan {
    const { oracle, maps } = this;
    if (record.techniques.includes(WRONG_CHECKSUM)) connection.keepLengths();
    const { packets } = connection;
    if (connection.bytes === 0) return { outcome: 'headers', payloads: [], verbatim: [] };
    const withAlerts = (payloads: Payloads): Payloads => payloads.map((one, i) => completed(one, packets[i]!));
    const found = structuredPayloads(connection, maps);
    const structured = found === null ? null : withAlerts(found);
    const nothing: ConnectionPlan = {
      outcome: 'headers',
      payloads: withAlerts(packets.map(() => null)),
      verbatim: [],
    };
    const isPlain = record.app_protocol === null && record.domain === null && record.techniques.length === 0;
    if (structured === null && isPlain) return nothing;

    const original = oracle.recordOf(connection, packets.map(originalPayload));
    if (original === null) return nothing;
    const wanted = JSON.stringify(labelOf({ ...original, ...mappedNames(original, maps) }));
    if (structured !== null) {
      if (this.labelWith(connection, structured.map(cutTrial)) === wanted) {
        return { outcome: 'rewritten', payloads: structured, verbatim: [] };
      }
      const filled = structured.map((bytes, i) => padded(bytes, packets[i]!.payload.length));
      if (this.labelWith(connection, filled.map(cutTrial)) === wanted) {
        return { outcome: 'rewritten', payloads: filled, verbatim: [] };
      }
    }
    if (this.labelWith(connection, nothing.payloads.map(cutTrial)) === wanted) return nothing;
    return (
      this.minimised(connection, original, wanted) ??
      (structured === null ? { ...nothing, outcome: 'lost' } : { outcome: 'lost', payloads: structured, verbatim: [] })
    );
  }

  /** Null where no bytes give the label without showing names. */
  private minimised(connection: ConnectionPackets, original: ConnectionRecord, wanted: string): ConnectionPlan | null {
    const { packets } = connection;
    const names = [...new Set([...original.domains, ...original.cert_names])].filter((name) => name !== '');
    const late = lateTls(connection, this.maps);
    const isTls = late?.isTls ?? [];
    const bases = packets.map(({ payload }, i) => {
      // What is TLS is rewritten; only the words before it are looked at byte by byte.
      const lead = isTls[i]?.indexOf(1) ?? payload.length;
      return withNamesReplaced(payload.subarray(0, lead), names, this.maps);
    });
    const payloadsOf = (masks: Masks): Payloads =>
      bases.map((base, i) => {
        const lead = maskedPayload(base, masks[i] ?? null);
        const whole = isTls[i] == null ? lead : joined(lead, base.length, late!.payloads[i] ?? null);
        return completed(whole, packets[i]!);
      });
    const gives = (masks: Masks): string => this.labelWith(connection, payloadsOf(masks).map(cutTrial));
    const key = `${connection.protocol} ${original.app_protocol}`;
    const known = this.remembered.get(key) ?? [];
    const lens = bases.map(({ length }) => length);
    let outcome: PlanOutcome = 'minimised';
    let passes = (masks: Masks): boolean => gives(masks) === wanted;
    for (const one of known) {
      const masks = fitted(one.masks, lens);
      // Other bytes than those that were found to be needed may be the name of another user.
      if (passes(masks) && keptText(masks, bases) === one.kept) {
        return { outcome, payloads: payloadsOf(masks), verbatim: verbatimOf(masks, bases) };
      }
    }
    let found = minimise(lens, passes);
    if (found === null) {
      const protocol = `"app_protocol":${JSON.stringify(original.app_protocol)},"domain":null`;
      passes = (masks) => gives(masks).includes(protocol);
      found = minimise(lens, passes);
      outcome = 'nameless';
    }
    if (found === null) return null;
    keepKinds(found, passes);
    this.remembered.set(key, [{ masks: found, kept: keptText(found, bases) }, ...known].slice(0, REMEMBERED));
    return { outcome, payloads: payloadsOf(found), verbatim: verbatimOf(found, bases) };
  }

  private labelWith(connection: ConnectionPackets, payloads: readonly (TrialPayload | null)[]): string {
    const record = this.oracle.recordOf(connection, payloads, this.maps.shiftSeconds);
    return record === null ? '' : JSON.stringify(labelOf(record));
  }
}

function labelOf(record: ConnectionRecord): Partial<ConnectionRecord> {
  return Object.fromEntries(LABEL_KEYS.map((key) => [key, record[key]]));
}

function originalPayload({ payload, wireLen }: { payload: Buffer; wireLen: number }): TrialPayload {
  return { bytes: payload, isCut: payload.length < wireLen };
}

/** With what other facts than labels need: an alert that it begins with, its length where that tells something. */
function completed(planned: Buffer | null, packet: CollectedPacket): Buffer | null {
  const { payload, keepsLength, seq } = packet;
  const kept = seq !== 0 ? withAlert(planned, payload) : planned;
  return keepsLength ? padded(kept, payload.length) : kept;
}

function cutTrial(bytes: Buffer | null): TrialPayload | null {
  return bytes === null ? null : { bytes, isCut: true };
}

function padded(bytes: Buffer | null, len: number): Buffer {
  const full = Buffer.alloc(len);
  bytes?.copy(full);
  return full;
}

interface RememberedMasks {
  readonly masks: Masks;
  readonly kept: string;
}

/** The bytes that the mask keeps, up to the last one; between them zeros, in text its shape. */
function maskedPayload(base: Buffer, mask: Uint8Array | null): Buffer | null {
  const end = mask === null ? 0 : mask.findLastIndex((state) => state !== DROPPED) + 1;
  if (mask === null || end === 0) return null;
  const out = isText(base) ? Buffer.from(masked(base.toString('latin1', 0, end)), 'latin1') : Buffer.alloc(end);
  for (let i = 0; i < end; i++) {
    if (mask[i] === KEPT) out[i] = base[i]!;
    else if (mask[i] === KIND_KEPT) out[i] = otherOfKind(base[i]!);
  }
  return out;
}

/** Another letter, another digit, another byte that is no text; separators stay. */
function otherOfKind(byte: number): number {
  if (byte >= 0x20 && byte < 0x7f) return masked(String.fromCharCode(byte)).charCodeAt(0);
  return byte === 0 || byte === 0x0a || byte === 0x0d || byte === 0x09 ? byte : 1;
}

/** All bytes that the masks keep as they are. */
function keptText(masks: Masks, bases: readonly Buffer[]): string {
  return bases
    .map((base, i) => [...(verbatimIn(base, masks[i] ?? null) ?? [])].map((one, at) => (one ? base[at] : '')).join(' '))
    .join('|');
}

function verbatimOf(masks: Masks, bases: readonly Buffer[]): Masks {
  return bases.map((base, i) => verbatimIn(base, masks[i] ?? null));
}

/** 1 in the place of each byte that stays as it is. */
function verbatimIn(base: Buffer, mask: Uint8Array | null): Uint8Array | null {
  return (
    mask?.map((state, i) => (state === KEPT || (state === KIND_KEPT && otherOfKind(base[i]!) === base[i]) ? 1 : 0)) ??
    null
  );
}

/** `lead` before the bytes of `rest` from `at` on. */
function joined(lead: Buffer | null, at: number, rest: Buffer | null): Buffer | null {
  if (rest === null || rest.length <= at) return lead;
  const both = Buffer.from(rest);
  both.fill(0, 0, at);
  lead?.copy(both);
  return both;
}

function isText(base: Buffer): boolean {
  let printable = 0;
  for (const byte of base)
    if ((byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 9) printable++;
  return printable >= base.length * TEXT_SHARE;
}

/** The masks of another connection, cut to the payloads of this one. */
function fitted(masks: Masks, lens: readonly number[]): Masks {
  return lens.map((len, i) => {
    const mask = masks[i] ?? null;
    return mask === null || len === 0 ? null : mask.slice(0, len);
  });
}
