import { copyBytes } from '../../common/bytes.js';
import { HelloAssembly } from '../tls/hello-assembly.js';
import { InitialKeys, MAX_CONNECTION_ID_LEN } from './initial-keys.js';

const MAX_POOLED = 64;

/**
 * What is known of one UDP connection that may be QUIC, until its hello is whole. Pooled: `acquire`, then `release`.
 */
export class QuicState {
  /** A registered version was seen: this is QUIC, whatever becomes of the hello. */
  isCertain = false;
  /** Version of the newest packet with a long header. */
  version = 0;
  /** Direction of the packets that the client's keys opened, -1 while there are none. */
  clientDirection = -1;
  /** Keys that opened an Initial; they belong to `keysVersion` and the connection id. */
  hasKeys = false;
  keysVersion = 0;
  readonly connectionId = Buffer.alloc(MAX_CONNECTION_ID_LEN);
  connectionIdLen = 0;
  readonly keys = new InitialKeys();
  /** The CRYPTO stream of the Initial packets (RFC 9000 §19.6), or Google's crypto stream. */
  readonly crypto = new HelloAssembly();
  /** The packet that brought its newest byte, 0 for none. */
  usedPacket = 0;

  reset(): void {
    this.isCertain = false;
    this.version = 0;
    this.clientDirection = -1;
    this.hasKeys = false;
    this.keysVersion = 0;
    this.connectionIdLen = 0;
    this.crypto.clear();
    this.usedPacket = 0;
  }

  isKeyedFor(version: number, buf: Buffer, idStart: number, idEnd: number): boolean {
    if (!this.hasKeys || this.keysVersion !== version || this.connectionIdLen !== idEnd - idStart) return false;
    for (let i = 0; i < this.connectionIdLen; i++) if (this.connectionId[i] !== buf[idStart + i]) return false;
    return true;
  }

  setKeys(keys: InitialKeys, version: number, buf: Buffer, idStart: number, idEnd: number): void {
    this.keys.copyFrom(keys);
    this.hasKeys = true;
    this.keysVersion = version;
    this.connectionIdLen = idEnd - idStart;
    copyBytes(buf, idStart, idEnd, this.connectionId, 0);
  }
}

/** Spare states of all connections of this thread; no connection refers to one of them. */
const pool: QuicState[] = [];

export function acquireState(): QuicState {
  const state = pool.pop();
  if (state === undefined) return new QuicState();
  state.reset();
  return state;
}

/** Gives a state back; its buffers keep their contents until the next `acquireState`. */
export function releaseState(state: QuicState): void {
  if (pool.length < MAX_POOLED) pool.push(state);
}
