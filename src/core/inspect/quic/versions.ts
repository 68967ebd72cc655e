import { InitialKeySchedule } from './initial-keys.js';

/** QUIC versions as numbers on the wire, and how their Initials are protected. */
export const QUIC_V1 = 0x00000001;
export const QUIC_V2 = 0x6b3343cf;
/** draft-ietf-quic-v2-01 to -05. */
const QUIC_V2_DRAFT = 0x709a50c4;
export const GOOGLE_Q046 = 0x51303436;
const GOOGLE_Q050 = 0x51303530;
const GOOGLE_T050 = 0x54303530;
const GOOGLE_T051 = 0x54303531;

/** Salts: RFC 9001 §5.2, RFC 9369 §3.3.1, and the same section of the drafts from the revision named on. */
const V1 = new InitialKeySchedule('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'quic');
const V2 = new InitialKeySchedule('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'quicv2');
const V2_DRAFT = new InitialKeySchedule('a707c203a59b47184a1d62ca570406ea7ae3e5d3', 'quicv2');
const DRAFT_29 = new InitialKeySchedule('afbfec289993d24c9e9786f19c6111e04390a899', 'quic');
const DRAFT_23 = new InitialKeySchedule('c3eef712c72ebb5a11a7d2432bb46365bef9f502', 'quic');
const DRAFT_21 = new InitialKeySchedule('7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a', 'quic');
/** Google's, from Chromium's QUIC sources. */
const Q050 = new InitialKeySchedule('504574efd066fe2f9d945cfcdbd3a7f0d3b56b45', 'quic');
const T050 = new InitialKeySchedule('7ff579e5acd072915580304c43a2367c60488310', 'quic');
const T051 = new InitialKeySchedule('7a4edef4e7ccee5fa4506c19124fc8ccda6e033d', 'quic');

/** Long packet types by meaning; the numbers are those of version 1 (RFC 9000 §17.2). */
export const INITIAL = 0;
const ZERO_RTT = 1;
const HANDSHAKE = 2;
export const RETRY = 3;

/** What an Initial of one version needs to be read. */
export interface VersionTraits {
  /** Key schedules to try, the likeliest first. */
  readonly schedules: readonly InitialKeySchedule[];
  /** Long packet type on the wire to `INITIAL` ... `RETRY`. */
  readonly packetTypes: readonly number[];
  /** Frames in Google's own format (CRYPTO is 8) instead of RFC 9000's. */
  readonly googleFrames: boolean;
  /** False for a pattern of versions: the number alone proves nothing. */
  readonly isRegistered: boolean;
}

const TYPES_V1 = [INITIAL, ZERO_RTT, HANDSHAKE, RETRY];
/** RFC 9369 §3.2 */
const TYPES_V2 = [RETRY, INITIAL, ZERO_RTT, HANDSHAKE];

function traits(schedules: InitialKeySchedule[], packetTypes = TYPES_V1, googleFrames = false): VersionTraits {
  return { schedules, packetTypes, googleFrames, isRegistered: true };
}

const TRAITS_V1 = traits([V1]);
const TRAITS_V2 = traits([V2], TYPES_V2);
const TRAITS_V2_DRAFT = traits([V2_DRAFT], TYPES_V2);
const TRAITS_DRAFT_29 = traits([DRAFT_29]);
const TRAITS_DRAFT_23 = traits([DRAFT_23]);
const TRAITS_DRAFT_21 = traits([DRAFT_21]);
/** Meta's aliases of drafts and of version 1 say by number only which is which. */
const TRAITS_MVFST = traits([DRAFT_23, V1]);
const TRAITS_MVFST_V1 = traits([V1, DRAFT_29]);
const TRAITS_Q050 = traits([Q050], TYPES_V1, true);
const TRAITS_T050 = traits([T050], TYPES_V1, true);
const TRAITS_T051 = traits([T051], TYPES_V1, true);
/** Versions 0x?a?a?a?a force version negotiation (RFC 9000 §15); clients protect them as their newest real version. */
const TRAITS_RESERVED: VersionTraits = { ...traits([DRAFT_29, V1]), isRegistered: false };

/** How packets of `version` (unsigned) look, null when it is no version with an RFC 8999 long header known here. */
export function versionTraits(version: number): VersionTraits | null {
  if (version === QUIC_V1) return TRAITS_V1;
  if (version === QUIC_V2) return TRAITS_V2;
  if (version >>> 8 === 0xff0000) return draftTraits(version & 0xff);
  if (version >>> 8 === 0xfaceb0) return mvfstTraits(version & 0xff);
  if ((version & 0x0f0f0f0f) === 0x0a0a0a0a) return TRAITS_RESERVED;
  if (version === GOOGLE_Q050) return TRAITS_Q050;
  if (version === GOOGLE_T050) return TRAITS_T050;
  if (version === GOOGLE_T051) return TRAITS_T051;
  if (version === QUIC_V2_DRAFT) return TRAITS_V2_DRAFT;
  return null;
}

/** draft-ietf-quic-transport; before 21 the header was another. */
function draftTraits(revision: number): VersionTraits | null {
  if (revision < 21 || revision > 34) return null;
  if (revision >= 33) return TRAITS_V1;
  if (revision >= 29) return TRAITS_DRAFT_29;
  if (revision >= 23) return TRAITS_DRAFT_23;
  return TRAITS_DRAFT_21;
}

/** mvfst's QuicVersion: 1 is draft 22, 2 draft 27, 3 an alias of version 1, 0xe to 0x13 experiments on draft 27. */
function mvfstTraits(number: number): VersionTraits | null {
  if (number === 0x01) return TRAITS_DRAFT_21;
  if (number === 0x03) return TRAITS_MVFST_V1;
  if (number === 0x02 || (number >= 0x0e && number <= 0x14)) return TRAITS_MVFST;
  return null;
}

/** True for Google's versions before QUIC took RFC 8999's header: Q024 to Q043, in ASCII. */
export function isGooglePublicHeaderVersion(version: number): boolean {
  if (version >>> 16 !== 0x5130) return false;
  const tens = ((version >>> 8) & 0xff) - 0x30;
  const ones = (version & 0xff) - 0x30;
  if (tens < 2 || tens > 4 || ones < 0 || ones > 9) return false;
  return tens * 10 + ones >= 24 && tens * 10 + ones <= 43;
}
