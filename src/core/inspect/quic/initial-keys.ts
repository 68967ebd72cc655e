import { copyBytes } from '../../common/bytes.js';
import { BLOCK_WORDS, expandBlock, hmacKey, lastBlock, STATE_WORDS } from './sha256.js';

/**
 * Keys of a client's Initial packets (RFC 9001 §5.2): initial_secret = HKDF-Extract(salt, destination connection id),
 * then HKDF-Expand-Label for "client in", and from that for key, iv and hp. Every label is one block that never
 * changes, and the salt is an HMAC key that never changes: what can be is computed here, once per version; the rest is
 * an InitialCipher's.
 */
export const KEY_LEN = 16;
export const IV_LEN = 12;
/** RFC 9000 §17.2 */
export const MAX_CONNECTION_ID_LEN = 20;

const SALT_LEN = 20;

/** A version's salt, as the states behind its padded blocks, and its labels, as `expandBlock` leaves a block. */
export interface ScheduleParts {
  readonly saltInner: Int32Array;
  readonly saltOuter: Int32Array;
  readonly clientIn: Int32Array;
  readonly key: Int32Array;
  readonly iv: Int32Array;
  readonly hp: Int32Array;
}

/** How a version's keys come about. Prepared when first asked for: most captures show one version of the many. */
export class InitialKeySchedule {
  private prepared: ScheduleParts | null = null;

  /** `saltHex` is 20 bytes; `labelPrefix` that of the labels ("quic", "quicv2"). */
  constructor(
    private readonly saltHex: string,
    private readonly labelPrefix: string,
  ) {}

  get parts(): ScheduleParts {
    this.prepared ??= scheduleParts(this.saltHex, this.labelPrefix);
    return this.prepared;
  }
}

/** Keys of one connection's client Initials. */
export class InitialKeys {
  readonly key = Buffer.alloc(KEY_LEN);
  readonly iv = Buffer.alloc(IV_LEN);
  readonly headerProtection = Buffer.alloc(KEY_LEN);

  copyFrom(other: InitialKeys): void {
    copyBytes(other.key, 0, KEY_LEN, this.key, 0);
    copyBytes(other.iv, 0, IV_LEN, this.iv, 0);
    copyBytes(other.headerProtection, 0, KEY_LEN, this.headerProtection, 0);
  }
}

function scheduleParts(saltHex: string, labelPrefix: string): ScheduleParts {
  const salt = Buffer.alloc(STATE_WORDS * 4);
  Buffer.from(saltHex, 'hex').copy(salt, 0, 0, SALT_LEN);
  const saltWords = new Int32Array(STATE_WORDS);
  for (let i = 0; i < STATE_WORDS; i++) saltWords[i] = salt.readInt32BE(i * 4);
  const saltInner = new Int32Array(STATE_WORDS);
  const saltOuter = new Int32Array(STATE_WORDS);
  hmacKey(saltWords, saltInner, saltOuter);
  return {
    saltInner,
    saltOuter,
    clientIn: expandedLabel('client in', 32),
    key: expandedLabel(`${labelPrefix} key`, KEY_LEN),
    iv: expandedLabel(`${labelPrefix} iv`, IV_LEN),
    hp: expandedLabel(`${labelPrefix} hp`, KEY_LEN),
  };
}

/** HkdfLabel (RFC 8446 §7.1) and the counter of HKDF's first block (RFC 5869 §2.3), as an expanded SHA-256 block. */
function expandedLabel(label: string, len: number): Int32Array {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.from([len >> 8, len & 0xff, name.length, ...name, 0, 1]);
  const block = new Int32Array(BLOCK_WORDS);
  lastBlock(info, 0, info.length, BLOCK_WORDS * 32, block);
  const expanded = new Int32Array(64);
  expandBlock(block, expanded);
  return expanded;
}
