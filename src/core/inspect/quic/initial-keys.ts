import { BLOCK_WORDS, expandBlock, hmacBlock, hmacExpanded, hmacKey, lastBlock, STATE_WORDS } from './sha256.js';

/**
 * Keys of a client's Initial packets (RFC 9001 §5.2): initial_secret = HKDF-Extract(salt, destination connection id),
 * then HKDF-Expand-Label for "client in", and from that for key, iv and hp. Every label is one block that never changes,
 * and the salt is an HMAC key that never changes: what can be is computed once per version.
 */
export const KEY_LEN = 16;
export const IV_LEN = 12;
/** RFC 9000 §17.2 */
export const MAX_CONNECTION_ID_LEN = 20;

const BLOCK_BITS = 512;
const SALT_LEN = 20;

/** A version's salt and labels, ready for use. */
interface ScheduleParts {
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
    other.key.copy(this.key);
    other.iv.copy(this.iv);
    other.headerProtection.copy(this.headerProtection);
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
  lastBlock(info, 0, info.length, BLOCK_BITS, block);
  const expanded = new Int32Array(64);
  expandBlock(block, expanded);
  return expanded;
}

const connectionIdBlock = new Int32Array(BLOCK_WORDS);
const secret = new Int32Array(STATE_WORDS);
const inner = new Int32Array(STATE_WORDS);
const outer = new Int32Array(STATE_WORDS);
const output = new Int32Array(STATE_WORDS);

/** Derives the client's keys from the destination connection id `buf[idStart, idEnd)`, at most 20 bytes, into `keys`. */
export function deriveClientKeys(
  schedule: InitialKeySchedule,
  buf: Buffer,
  idStart: number,
  idEnd: number,
  keys: InitialKeys,
): void {
  const parts = schedule.parts;
  lastBlock(buf, idStart, idEnd, BLOCK_BITS, connectionIdBlock);
  hmacBlock(parts.saltInner, parts.saltOuter, connectionIdBlock, secret);
  hmacKey(secret, inner, outer);
  hmacExpanded(inner, outer, parts.clientIn, secret);
  hmacKey(secret, inner, outer);
  hmacExpanded(inner, outer, parts.key, output);
  writeWords(output, keys.key);
  hmacExpanded(inner, outer, parts.iv, output);
  writeWords(output, keys.iv);
  hmacExpanded(inner, outer, parts.hp, output);
  writeWords(output, keys.headerProtection);
}

function writeWords(words: Int32Array, to: Buffer): void {
  for (let i = 0; i < to.length; i += 4) {
    const word = words[i >> 2]!;
    to[i] = word >>> 24;
    to[i + 1] = word >>> 16;
    to[i + 2] = word >>> 8;
    to[i + 3] = word;
  }
}
