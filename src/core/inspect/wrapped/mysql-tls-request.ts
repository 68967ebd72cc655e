import {
  type Finding,
  FOUND,
  type InspectContext,
  type Inspector,
  type InspectStatus,
  NOT_MINE,
  ROLE_CLIENT,
} from '../inspector.js';

/**
 * MySQL's SSLRequest, the first packet of a client that turns to TLS (Protocol::SSLRequest of MySQL's internals
 * manual): the ClientHello follows it without waiting for an answer, in the same segment where captures merge segments.
 */
const REQUEST = Buffer.from([0x20, 0x00, 0x00, 0x01]);
const CAPABILITIES = 4;
const CLIENT_SSL = 0x0800;
const REQUEST_LEN = 36;
const TLS_HANDSHAKE = 22;

/** Finds the request only where a TLS record follows it. */
export const mysqlTlsRequestInspector: Inspector = {
  name: 'mysql',
  ipProto: 6,
  firstBytes: [REQUEST[0]!],
  ports: [3306],
  maxBufferedLen: 0,
  continues: false,
  inspect,
};

function inspect(buf: Buffer, start: number, end: number, _context: InspectContext, finding: Finding): InspectStatus {
  if (end - start <= REQUEST_LEN + 1) return NOT_MINE;
  for (let i = 0; i < REQUEST.length; i++) if (buf[start + i] !== REQUEST[i]) return NOT_MINE;
  const capabilities = buf.readUInt16LE(start + CAPABILITIES);
  if ((capabilities & CLIENT_SSL) === 0) return NOT_MINE;
  if (buf[start + REQUEST_LEN] !== TLS_HANDSHAKE || buf[start + REQUEST_LEN + 1] !== 3) return NOT_MINE;
  finding.role = ROLE_CLIENT;
  finding.consumedEnd = start + REQUEST_LEN;
  return FOUND;
}
