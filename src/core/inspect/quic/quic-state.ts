import { copyBytes } from '../../common/bytes.js';
import { HelloAssembly } from '../tls/hello-assembly.js';
import { InitialKeys, MAX_CONNECTION_ID_LEN } from './initial-keys.js';

const MAX_POOLED = 64;
/** Hellos of one connection that are put together at a time, each with a destination connection id of its own. */
const MAX_STREAMS = 3;

/** The CRYPTO stream of the client's Initials (RFC 9000 §19.6) under one destination connection id. */
export class InitialStream {
  /** False for Google's crypto stream in clear. */
  hasKeys = false;
  version = 0;
  private readonly connectionId = Buffer.alloc(MAX_CONNECTION_ID_LEN);
  private connectionIdLen = 0;
  readonly keys = new InitialKeys();
  readonly crypto = new HelloAssembly();
  /** Offset in Google's crypto stream at which the CHLO being read begins. */
  chloStart = 0;
  /** The packet that brought its newest byte, 0 for none. */
  usedPacket = 0;

  reset(): void {
    this.hasKeys = false;
    this.version = 0;
    this.connectionIdLen = 0;
    this.forgetHello();
  }

  /** The hello has been read: what comes now under the same id is another. */
  forgetHello(): void {
    this.crypto.clear();
    this.chloStart = 0;
    this.usedPacket = 0;
  }

  isFor(version: number, buf: Buffer, idStart: number, idEnd: number): boolean {
    if (!this.hasKeys || this.version !== version || this.connectionIdLen !== idEnd - idStart) return false;
    for (let i = 0; i < this.connectionIdLen; i++) if (this.connectionId[i] !== buf[idStart + i]) return false;
    return true;
  }

  setKeys(keys: InitialKeys, version: number, buf: Buffer, idStart: number, idEnd: number): void {
    this.keys.copyFrom(keys);
    this.hasKeys = true;
    this.version = version;
    this.connectionIdLen = idEnd - idStart;
    copyBytes(buf, idStart, idEnd, this.connectionId, 0);
  }

  copyKeys(other: InitialStream): void {
    this.setKeys(other.keys, other.version, other.connectionId, 0, other.connectionIdLen);
  }

  hasKeysOf(other: InitialStream): boolean {
    return this.isFor(other.version, other.connectionId, 0, other.connectionIdLen);
  }
}

/**
 * What is known of the QUIC connections between two UDP ports while a hello is incomplete. Pooled: `acquireState`, then
 * `releaseState`.
 */
export class QuicState {
  /** A registered version was seen: this is QUIC, whatever becomes of the hello. */
  isCertain = false;
  /** Version of the newest packet with a long header. */
  version = 0;
  /** Direction of the packets that the client's keys opened, -1 while there are none. */
  clientDirection = -1;
  /** A hello has been read. */
  hasFound = false;
  /** Made when first needed, and used again by the state's later connections; `count` are in use. */
  private readonly streams: InitialStream[] = [];
  count = 0;

  reset(): void {
    this.isCertain = false;
    this.version = 0;
    this.clientDirection = -1;
    this.hasFound = false;
    this.count = 0;
  }

  stream(index: number): InitialStream {
    return this.streams[index]!;
  }

  /** The newest stream of a destination connection id, null for none. */
  streamOf(version: number, buf: Buffer, idStart: number, idEnd: number): InitialStream | null {
    for (let i = this.count - 1; i >= 0; i--) {
      if (this.streams[i]!.isFor(version, buf, idStart, idEnd)) return this.streams[i]!;
    }
    return null;
  }

  /** Google's crypto stream in clear. */
  clearStream(): InitialStream {
    for (let i = 0; i < this.count; i++) if (!this.streams[i]!.hasKeys) return this.streams[i]!;
    return this.addStream();
  }

  /** True when the next `addStream` gives up a hello that is incomplete. */
  get isFull(): boolean {
    return this.count === MAX_STREAMS && !this.streams[0]!.crypto.isEmpty;
  }

  /** An empty stream, the newest; takes the place of the oldest where there are too many. */
  addStream(): InitialStream {
    const { streams } = this;
    let stream: InitialStream;
    if (this.count < MAX_STREAMS) {
      stream = streams[this.count] ?? new InitialStream();
      streams[this.count++] = stream;
    } else {
      stream = streams[0]!;
      for (let i = 1; i < MAX_STREAMS; i++) streams[i - 1] = streams[i]!;
      streams[MAX_STREAMS - 1] = stream;
    }
    stream.reset();
    return stream;
  }

  /** True while a hello is incomplete. */
  get isPending(): boolean {
    for (let i = 0; i < this.count; i++) if (!this.streams[i]!.crypto.isEmpty) return true;
    return false;
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

/** Gives a state back; its buffers keep their contents until they are used again. */
export function releaseState(state: QuicState): void {
  if (pool.length < MAX_POOLED) pool.push(state);
}
