import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import type { PacketBatch } from '../../core/capture/packet-batch.js';
import { DpiError } from '../../core/common/error.js';
import { fileError } from '../../core/common/file-error.js';
import {
  type Claim,
  differingKeys,
  type ProofPacket,
  packetsHash,
  type Statement,
} from '../../core/evidence-capture/claim.js';
import { recordsOf } from '../../core/evidence-capture/packet-trial.js';
import { statementOf } from '../../core/evidence-capture/proof-file.js';
import type { ConnectionRecord } from '../../core/report/model.js';
import { CaptureRun } from '../shared/capture-run.js';
import { loadApps } from '../shared/load-apps.js';

export interface VerifyOptions {
  readonly appsFiles?: readonly string[];
  /** The capture that the proof comes from: its hash is compared too. */
  readonly source?: string;
}

/** What a proof says, and whether it holds. */
export interface VerifyResult {
  readonly statement: Statement;
  /** The packets are those that the statement was made for. */
  readonly isIntact: boolean;
  /** The label follows from the packets. */
  readonly isDerived: boolean;
  /** Null where no source was given. */
  readonly isFromSource: boolean | null;
  /** What the packets give instead; null where they make no such connection, or the claim holds. */
  readonly found: Partial<Claim> | null;
}

/** Derives the label of a proof again. Rejects with a DpiError for a file that is none. */
export async function verifyEvidence(path: string, options: VerifyOptions = {}): Promise<VerifyResult> {
  const statement = statementOf(readProof(path));
  if (statement === null) {
    throw new DpiError('no-statement', `${path} is no proof: it has no statement of dpi evidence`);
  }
  const reader = new ProofReader();
  await new CaptureRun(reader, {}, null).read(path);
  const records = recordsOf(reader.list, { apps: await loadApps(options.appsFiles ?? []) });
  const { claim } = statement;
  const isDerived = records.some((record) => differingKeys(claim, record).length === 0);
  const isFromSource =
    options.source === undefined ? null : (await fileHash(options.source)) === statement.source.sha256;
  return {
    statement,
    isIntact: packetsHash(reader.list) === statement.packets_sha256,
    isDerived,
    isFromSource,
    found: isDerived ? null : differenceOf(claim, records),
  };
}

/** What the connection between the same endpoints shows where it differs. */
function differenceOf(claim: Claim, records: readonly ConnectionRecord[]): Partial<Claim> | null {
  const endpoints = (one: Claim): string =>
    [`${one.src_ip} ${one.src_port}`, `${one.dst_ip} ${one.dst_port}`].sort().join();
  const record = records.find((one) => endpoints(one) === endpoints(claim));
  if (record === undefined) return null;
  return Object.fromEntries(differingKeys(claim, record).map((key) => [key, record[key]]));
}

function readProof(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw fileError('unreadable-input', `read ${path}`, error);
  }
}

class ProofReader {
  readonly list: Omit<ProofPacket, 'number'>[] = [];
  bytes = 0;

  get packets(): number {
    return this.list.length;
  }

  run(batch: PacketBatch): void {
    for (let i = 0; i < batch.count; i++) {
      this.bytes += batch.wireLen[i]!;
      this.list.push({
        tsMicros: batch.tsMicros[i]!,
        linkType: batch.linkType[i]!,
        wireLen: batch.wireLen[i]!,
        frame: Buffer.from(batch.buf.subarray(batch.frameStart[i]!, batch.frameEnd[i]!)),
      });
    }
  }
}

async function fileHash(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  } catch (error) {
    throw fileError('unreadable-input', `read ${path}`, error);
  }
  return hash.digest('hex');
}
