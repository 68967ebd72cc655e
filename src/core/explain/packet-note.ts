import { ANOMALIES, type AnomalyName } from '../common/anomaly.js';
import { PacketView, type Reassembly } from '../layers/packet-view.js';
import { decodeFrame } from '../layers/registry.js';
import type { PacketNote } from './model.js';

/** A frame as its capture has it. */
export interface CapturedFrame {
  readonly number: number;
  readonly tsMicros: number;
  /** A copy of the captured bytes. */
  readonly bytes: Buffer;
  /** Before the capture cut it. */
  readonly wireLen: number;
  readonly linkType: number;
}

/** A header field that contradicts itself or its surroundings. */
interface FieldPlace {
  readonly name: string;
  readonly reference: string;
  /** In the header. */
  readonly offset: number;
  readonly len: number;
}

const UDP_HEADER_LEN = 8;
/** Bytes that are shown of a header that is not whole. */
const SHOWN_LEN = 16;

const IPV4 = 'RFC 791 §3.1';
const FIELDS: Readonly<Partial<Record<AnomalyName, FieldPlace>>> = {
  ip_bad_header_length: { name: 'Internet Header Length', reference: IPV4, offset: 0, len: 1 },
  ip_bad_total_length: { name: 'Total Length', reference: IPV4, offset: 2, len: 2 },
  ip_bad_extension_header: { name: 'Hdr Ext Len', reference: 'RFC 8200 §4', offset: 1, len: 1 },
  tcp_bad_data_offset: { name: 'Data Offset', reference: 'RFC 9293 §3.1', offset: 12, len: 1 },
  udp_bad_length: { name: 'Length', reference: 'RFC 768', offset: 4, len: 2 },
  unsupported_version: { name: 'Version', reference: IPV4, offset: 0, len: 1 },
};
const IPV6_LENGTH: FieldPlace = { name: 'Payload Length', reference: 'RFC 8200 §3', offset: 4, len: 2 };

/** Fragments are not put together: a note is about one frame. */
const NO_REASSEMBLY: Reassembly = { add: () => false, reclaim() {} };

/**
 * What is malformed in a frame, and the field that says so. `known` is the anomaly that the capture's report has for
 * the packet, where the frame alone does not show it; `connection` the id of the packet's connection, null for none.
 */
export function packetNote(frame: CapturedFrame, connection: number | null, known: AnomalyName | null): PacketNote {
  const { number, tsMicros, bytes, wireLen, linkType } = frame;
  const view = new PacketView(bytes, NO_REASSEMBLY);
  view.reset(bytes, 0, bytes.length, wireLen);
  const header = headerOfAnomaly(view, () => decodeFrame(view, linkType));
  const anomaly = view.anomaly === 0 ? known : ANOMALIES[view.anomaly]!;
  const place = view.anomaly === 0 ? null : placeOf(anomaly!, bytes, header);
  return {
    number,
    time: tsMicros / 1e6,
    length: wireLen,
    captured_length: bytes.length,
    connection,
    anomaly,
    field: place?.field?.name ?? null,
    reference: place?.field?.reference ?? null,
    frame_offset: place?.offset ?? null,
    hex: place === null ? null : bytes.toString('hex', place.offset, place.offset + place.len),
  };
}

/** Where the header begins that the decoder reads when it notes the frame's anomaly. */
function headerOfAnomaly(view: PacketView, decode: () => void): number {
  let anomaly = 0;
  let header = 0;
  Object.defineProperty(view, 'anomaly', {
    get: () => anomaly,
    set: (code: number) => {
      anomaly = code;
      // A UDP header whose length is less than itself has been passed by then.
      const isPassed = ANOMALIES[code] === 'udp_bad_length' && view.hasTransport;
      header = isPassed ? view.payloadStart - UDP_HEADER_LEN : view.cursor;
    },
  });
  decode();
  return header;
}

/** Null for an anomaly that no field of this frame shows. */
function placeOf(anomaly: AnomalyName, bytes: Buffer, header: number) {
  if (anomaly.startsWith('truncated_')) {
    return { field: null, offset: header, len: Math.min(SHOWN_LEN, bytes.length - header) };
  }
  const isIpv6 = anomaly === 'ip_bad_total_length' && bytes[header]! >> 4 === 6;
  const field = isIpv6 ? IPV6_LENGTH : FIELDS[anomaly];
  if (field === undefined || header + field.offset + field.len > bytes.length) return null;
  return { field, offset: header + field.offset, len: field.len };
}
