import { createHmac } from 'node:crypto';
import { be16, hex, vector } from './fields.js';

export const QUIC_V1 = 0x0000_0001;
export const QUIC_V2 = 0x6b33_43cf;
export const QUIC_DRAFT_27 = 0xff00_001b;
export const QUIC_DRAFT_29 = 0xff00_001d;
/** Google's versions with protected Initials, in ASCII. */
export const GOOGLE_Q050 = 0x5130_3530;
export const GOOGLE_T050 = 0x5430_3530;
export const GOOGLE_T051 = 0x5430_3531;

/** What differs between the versions (RFC 9001 §5.2, RFC 9369 §3, the drafts' own §5.2). */
export interface QuicVersion {
  salt: Buffer;
  labels: 'quic' | 'quicv2';
  /** The two type bits of an Initial and of a Retry. */
  initialType: number;
  retryType: number;
  retryKey: Buffer;
  retryNonce: Buffer;
}

/** Keys of one direction, by which Initial packets are protected. */
export interface InitialKeys {
  key: Buffer;
  iv: Buffer;
  headerProtection: Buffer;
}

const V1: QuicVersion = {
  salt: hex('38762cf7f55934b34d179ae6a4c80cadccbb7f0a'),
  labels: 'quic',
  initialType: 0,
  retryType: 3,
  retryKey: hex('be0c690b9f66575a1d766b54e368c84e'),
  retryNonce: hex('461599d35d632bf2239825bb'),
};
const V2: QuicVersion = {
  salt: hex('0dede3def700a6db819381be6e269dcbf9bd2ed9'),
  labels: 'quicv2',
  initialType: 1,
  retryType: 0,
  retryKey: hex('8fb4b01b56ac48e260fbcbcead7ccc92'),
  retryNonce: hex('d86969bc2d7c6d9990efb04a'),
};
const DRAFT_29: QuicVersion = {
  ...V1,
  salt: hex('afbfec289993d24c9e9786f19c6111e04390a899'),
  retryKey: hex('ccce187ed09a09d05728155a6cb96be1'),
  retryNonce: hex('e54930f97f2136f0530a8c1c'),
};
const DRAFT_27: QuicVersion = {
  ...V1,
  salt: hex('c3eef712c72ebb5a11a7d2432bb46365bef9f502'),
  retryKey: hex('4d32ecdb2a2133c841e4043df27d4430'),
  retryNonce: hex('4d1611d05513a552c587d575'),
};

const GOOGLE = new Map([
  [GOOGLE_Q050, { ...V1, salt: hex('504574efd066fe2f9d945cfcdbd3a7f0d3b56b45') }],
  [GOOGLE_T050, { ...V1, salt: hex('7ff579e5acd072915580304c43a2367c60488310') }],
  [GOOGLE_T051, { ...V1, salt: hex('7a4edef4e7ccee5fa4506c19124fc8ccda6e033d') }],
]);

/** The parameters of a version number: drafts 23 to 28, 29 to 32, v1 (34 on), v2; reserved ones use draft 29's. */
export function quicVersion(version: number): QuicVersion {
  if (version === QUIC_V2) return V2;
  const google = GOOGLE.get(version);
  if (google) return google;
  const draft = version >>> 8 === 0xff0000 ? version & 0xff : 0;
  if (draft >= 23 && draft <= 28) return DRAFT_27;
  if (draft >= 29 && draft <= 32) return DRAFT_29;
  return (version & 0x0f0f_0f0f) >>> 0 === 0x0a0a_0a0a ? DRAFT_29 : V1;
}

/** Keys from the client's first destination connection id (RFC 9001 §5.2). */
export function initialKeys(version: number, destinationConnectionId: Buffer, side: 'client' | 'server'): InitialKeys {
  const { salt, labels } = quicVersion(version);
  const initialSecret = createHmac('sha256', salt).update(destinationConnectionId).digest();
  const secret = expandLabel(initialSecret, side === 'client' ? 'client in' : 'server in', 32);
  return {
    key: expandLabel(secret, `${labels} key`, 16),
    iv: expandLabel(secret, `${labels} iv`, 12),
    headerProtection: expandLabel(secret, `${labels} hp`, 16),
  };
}

/** HKDF-Expand-Label with an empty context (RFC 8446 §7.1), for up to 32 bytes: one HMAC. */
function expandLabel(secret: Buffer, label: string, len: number): Buffer {
  const info = Buffer.concat([be16(len), vector(1, Buffer.from(`tls13 ${label}`)), Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, len);
}
