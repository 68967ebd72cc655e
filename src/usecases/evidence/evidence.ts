import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Writable } from 'node:stream';
import { openCaptureOutput } from '../../adapters/outputs/open-capture-output.js';
import { isRereadable } from '../../adapters/sources/spooled-input.js';
import { DpiError } from '../../core/common/error.js';
import { Pipeline } from '../../core/engine/pipeline.js';
import {
  claimOf,
  differingKeys,
  type ProofPacket,
  packetsHash,
  type Statement,
} from '../../core/evidence-capture/claim.js';
import { leastOf } from '../../core/evidence-capture/least-packets.js';
import { PacketCollector } from '../../core/evidence-capture/packet-collector.js';
import { recordsOf } from '../../core/evidence-capture/packet-trial.js';
import { MAX_STATEMENT_LEN, proofFile } from '../../core/evidence-capture/proof-file.js';
import { NO_RULES } from '../../core/policy/rule-set.js';
import type { ConnectionRecord } from '../../core/report/model.js';
import { GENERATOR } from '../../system/version.js';
import { CaptureRun, totalLenOf } from '../shared/capture-run.js';
import { type OnProgress, passProgress } from '../shared/progress.js';
import { openRun, type RunOptions } from '../shared/run.js';

/** Protocols whose messages may give another connection of the same client its label. */
const NAMING_PROTOCOLS = new Set(['stun', 'sip', 'rtsp', 'mgcp', 'h323', 'ftp']);

export interface EvidenceOptions extends RunOptions {
  readonly stdout?: Writable;
  readonly onOutputClosed?: () => void;
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

export interface EvidenceResult {
  readonly statement: Statement;
  /** Packets of the connection in the capture. */
  readonly connectionPackets: number;
  readonly bytes: number;
}

/**
 * Writes the fewest packets of the capture `input` that prove the label of the connection `id` to `output`, a pcapng
 * file with a statement. Rejects with a DpiError, also where the packets of the connection and of the lookups of its
 * client don't prove it.
 */
export async function writeEvidence(
  id: number,
  input: string,
  output: string,
  options: EvidenceOptions = {},
): Promise<EvidenceResult> {
  if (!isRereadable(input)) {
    throw new DpiError('usage', 'evidence reads the capture twice: save standard input to a file');
  }
  const { onProgress, signal } = options;
  const totalLen = totalLenOf([input]);
  const { engine } = await openRun(options, () => null);
  const records: ConnectionRecord[] = [];
  const finder = new Pipeline({
    ...engine,
    rules: NO_RULES,
    top: 0,
    handshakes: true,
    onConnection: (record) => records.push(record),
  });
  const finding = new CaptureRun(finder, { signal, onProgress: passProgress(onProgress, 'first', totalLen) }, totalLen);
  await finding.read(input);
  await finding.drain(finder);
  const record = records.find((one) => one.id === id);
  if (record === undefined) {
    throw new DpiError('no-connection', `${input} has no connection ${id}; it has ${records.length}, numbered from 1`);
  }

  const collector = new PacketCollector({ ...engine, rules: NO_RULES, top: 0 }, id, contextOf(record, records));
  const collecting = new CaptureRun(
    collector,
    { signal, onProgress: passProgress(onProgress, 'second', totalLen) },
    totalLen,
  );
  await collecting.read(input);
  const packets = leastPackets(record, collector, engine);
  const statement: Statement = {
    dpi_evidence: 1,
    generator: GENERATOR,
    claim: claimOf(record),
    source: { name: basename(input), sha256: await fileHash(input), packets: packets.map(({ number }) => number) },
    packets_sha256: packetsHash(packets),
  };
  if (Buffer.byteLength(JSON.stringify(statement)) > MAX_STATEMENT_LEN) {
    throw new DpiError(
      'no-proof',
      `the proof of connection ${id} needs ${packets.length} packets, more than it can name`,
    );
  }
  const file = proofFile(statement, packets);
  await write(file, output, input, options);
  return { statement, connectionPackets: record.packets, bytes: file.length };
}

/** Connections whose messages may have named this one: lookups and call set-up of its client, begun before its end. */
function contextOf(record: ConnectionRecord, records: readonly ConnectionRecord[]): Set<number> {
  const hosts = new Set([record.src_ip, record.dst_ip]);
  const isNaming = (one: ConnectionRecord): boolean =>
    one.is_lookup || (one.app_protocol !== null && NAMING_PROTOCOLS.has(one.app_protocol));
  return new Set(
    records
      .filter((one) => one.id !== record.id && one.first_seen <= record.last_seen && isNaming(one))
      .filter((one) => hosts.has(one.src_ip) || hosts.has(one.dst_ip))
      .map((one) => one.id),
  );
}

/** Throws DpiError where all that was collected does not give the label. */
function leastPackets(
  record: ConnectionRecord,
  { own, context }: PacketCollector,
  { apps, ignoreVlan }: Parameters<typeof recordsOf>[1],
): ProofPacket[] {
  const claim = claimOf(record);
  const proves = (packets: readonly ProofPacket[]): boolean =>
    recordsOf(packets, { apps, ignoreVlan }).some((one) => differingKeys(claim, one).length === 0);
  const all = [...own, ...context].sort((a, b) => a.number - b.number);
  const candidates = [own, all].find(proves);
  if (candidates === undefined) {
    throw new DpiError(
      'no-proof',
      `the packets of connection ${record.id} and of its client's lookups don't prove its label (${record.label})`,
    );
  }
  return leastOf(candidates, proves);
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}

async function write(file: Buffer, output: string, input: string, options: EvidenceOptions): Promise<void> {
  const { stdout = process.stdout, onOutputClosed = () => {}, signal } = options;
  const sink = await openCaptureOutput(output, [input], stdout, onOutputClosed, signal);
  try {
    sink.write(file);
    await sink.commit();
  } finally {
    sink.discard();
  }
}
