import { copyBytes } from '../../common/bytes.js';

/**
 * Keys of a client's Initial packets (RFC 9001 §5.2): initial_secret = HKDF-Extract(salt, destination connection id),
 * then HKDF-Expand-Label for "client in", and from that for key, iv and hp. Salt and labels depend on the version
 * alone; an InitialCipher does the rest.
 */
export const KEY_LEN = 16;
export const IV_LEN = 12;
/** RFC 9000 §17.2 */
export const MAX_CONNECTION_ID_LEN = 20;

const SECRET_LEN = 32;

/** A version's salt, and for each label the message of the one HMAC that expands it. */
export interface ScheduleInputs {
  readonly salt: Buffer;
  readonly clientIn: Buffer;
  readonly key: Buffer;
  readonly iv: Buffer;
  readonly hp: Buffer;
}

/** The key schedule of a version. Prepared on first use: most captures show one version of the many. */
export class InitialKeySchedule {
  private prepared: ScheduleInputs | null = null;

  /** `saltHex` is 20 bytes; `labelPrefix` that of the labels ("quic", "quicv2"). */
  constructor(
    private readonly saltHex: string,
    private readonly labelPrefix: string,
  ) {}

  get inputs(): ScheduleInputs {
    this.prepared ??= {
      salt: Buffer.from(this.saltHex, 'hex'),
      clientIn: expandMessage('client in', SECRET_LEN),
      key: expandMessage(`${this.labelPrefix} key`, KEY_LEN),
      iv: expandMessage(`${this.labelPrefix} iv`, IV_LEN),
      hp: expandMessage(`${this.labelPrefix} hp`, KEY_LEN),
    };
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

/** HkdfLabel (RFC 8446 §7.1) with an empty context, and the counter of HKDF's first block (RFC 5869 §2.3). */
function expandMessage(label: string, len: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  return Buffer.from([len >> 8, len & 0xff, name.length, ...name, 0, 1]);
}
