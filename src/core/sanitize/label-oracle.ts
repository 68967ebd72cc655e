import { BATCH_LEN, PacketBatch } from '../capture/packet-batch.js';
import type { AppTable } from '../classify/app-table.js';
import { TCP } from '../common/ip-protocols.js';
import { DEFAULT_LIMITS, Pipeline } from '../engine/pipeline.js';
import type { ConnectionRecord } from '../report/model.js';
import type { CollectedPacket, ConnectionPackets } from './connection-packets.js';

const LINKTYPE_RAW = 101;
const IPV4_LEN = 20;
const IPV6_LEN = 40;
const TCP_LEN = 20;
const UDP_LEN = 8;
const MAX_IPV4_LEN = 0xffff;

const LIMITS = {
  ...DEFAULT_LIMITS,
  maxConnections: 16,
  maxReassemblyLen: 1 << 20,
  maxStreams: 16,
  maxDatagramStates: 16,
  dnsAnswers: 16,
  maxNames: 1024,
  maxHosts: 16,
};

/** A payload in a trial: its bytes, and zeros behind them where it is not cut there. */
export interface TrialPayload {
  readonly bytes: Buffer;
  readonly isCut: boolean;
}

/** Says how a connection is labelled when its packets carry other payloads. */
export class LabelOracle {
  /** Trials so far. */
  trials = 0;
  private readonly batch = new PacketBatch();

  constructor(private readonly apps: AppTable) {}

  /**
   * The record of `connection` if its packets carried `payloads` and came `shiftSeconds` later; null where they make no
   * connection.
   */
  recordOf(
    connection: ConnectionPackets,
    payloads: readonly (TrialPayload | null)[],
    shiftSeconds = 0,
  ): ConnectionRecord | null {
    this.trials++;
    let record: ConnectionRecord | null = null;
    const pipeline = new Pipeline({
      apps: this.apps,
      seed: 1,
      limits: LIMITS,
      top: 0,
      handshakes: true,
      facts: { quality: 'sums' },
      onConnection: (one) => {
        record ??= one;
      },
    });
    const { packets } = connection;
    for (let from = 0; from < packets.length; from += BATCH_LEN) {
      const frames = packets
        .slice(from, from + BATCH_LEN)
        .map((_, i) => frameOf(connection, from + i, payloads[from + i]));
      this.run(pipeline, packets.slice(from, from + BATCH_LEN), frames, [from + 1, shiftSeconds]);
    }
    while (pipeline.drain(LIMITS.maxConnections)) {}
    return record;
  }

  private run(
    pipeline: Pipeline,
    packets: readonly CollectedPacket[],
    frames: readonly Buffer[],
    [firstNumber, shiftSeconds]: readonly [number, number],
  ): void {
    const { batch } = this;
    batch.buf = Buffer.concat(frames);
    batch.count = frames.length;
    batch.firstNumber = firstNumber;
    let at = 0;
    for (const [i, frame] of frames.entries()) {
      batch.frameStart[i] = at;
      at += frame.length;
      batch.frameEnd[i] = at;
      batch.wireLen[i] = frame.length + missingOf(frame);
      batch.linkType[i] = LINKTYPE_RAW;
      batch.tsMicros[i] = packets[i]!.tsMicros + shiftSeconds * 1e6;
    }
    pipeline.run(batch);
  }
}

function missingOf(frame: Buffer): number {
  const len = frame[0]! >> 4 === 4 ? frame.readUInt16BE(2) : frame.readUInt16BE(4) + IPV6_LEN;
  return Math.max(0, len - frame.length);
}

/** An IP packet without link header, its checksums left out. */
function frameOf(connection: ConnectionPackets, index: number, payload: TrialPayload | null | undefined): Buffer {
  const { protocol, addressA, addressB, portA, portB } = connection;
  const packet = connection.packets[index]!;
  const ipLen = addressA.length === 4 ? IPV4_LEN : IPV6_LEN;
  const l4Len = protocol === TCP ? TCP_LEN : UDP_LEN;
  const captured = payload == null ? 0 : payload.isCut ? payload.bytes.length : packet.payload.length;
  const frame = Buffer.alloc(ipLen + l4Len + captured);
  const wireLen = Math.min(l4Len + packet.wireLen, MAX_IPV4_LEN - IPV4_LEN);
  const [source, destination] = packet.fromB ? [addressB, addressA] : [addressA, addressB];
  if (ipLen === IPV4_LEN) {
    frame[0] = 0x45;
    frame.writeUInt16BE(ipLen + wireLen, 2);
    frame[8] = 64;
    frame[9] = protocol;
    source.copy(frame, 12);
    destination.copy(frame, 16);
  } else {
    frame[0] = 0x60;
    frame.writeUInt16BE(wireLen, 4);
    frame[6] = protocol;
    frame[7] = 64;
    source.copy(frame, 8);
    destination.copy(frame, 24);
  }
  frame.writeUInt16BE(packet.fromB ? portB : portA, ipLen);
  frame.writeUInt16BE(packet.fromB ? portA : portB, ipLen + 2);
  if (protocol === TCP) {
    frame.writeInt32BE(packet.seq, ipLen + 4);
    frame.writeInt32BE(packet.ack, ipLen + 8);
    frame[ipLen + 12] = 0x50;
    frame[ipLen + 13] = packet.flags;
    frame.writeUInt16BE(0xffff, ipLen + 14);
    frame.writeUInt16BE(packet.urgentPointer, ipLen + 18);
  } else frame.writeUInt16BE(wireLen, ipLen + 4);
  payload?.bytes.copy(frame, ipLen + l4Len);
  return frame;
}
