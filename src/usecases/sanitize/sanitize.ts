import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCaptureOutput } from '../../adapters/outputs/open-capture-output.js';
import { type CaptureInput, nameOf } from '../../adapters/sources/raw-input.js';
import { isRereadable, SpooledInput } from '../../adapters/sources/spooled-input.js';
import type { PacketBatch } from '../../core/capture/packet-batch.js';
import { AppTable } from '../../core/classify/app-table.js';
import { summarise } from '../../core/engine/summary.js';
import { NO_RULES } from '../../core/policy/rule-set.js';
import { type ReportSummary, SCHEMA_VERSION } from '../../core/report/model.js';
import { CaptureCopy } from '../../core/sanitize/capture-copy.js';
import { compareLabels, type Difference } from '../../core/sanitize/compare-labels.js';
import { mappedRecord } from '../../core/sanitize/mapped-record.js';
import { PacketSanitizer } from '../../core/sanitize/packet-sanitizer.js';
import { Replacements } from '../../core/sanitize/replacements.js';
import { SecretSearch } from '../../core/sanitize/secret-search.js';
import { Study } from '../../core/sanitize/study.js';
import { hashSeed } from '../../system/hash-seed.js';
import { GENERATOR } from '../../system/version.js';
import { type BatchReader, CaptureRun, totalLenOf } from '../shared/capture-run.js';
import { loadApps } from '../shared/load-apps.js';
import { namePolicy } from './names-kept.js';
import { CopyReader, type FoundLeak, SightingJudge } from './proof.js';
import type { SanitizeOptions, SanitizeReport } from './sanitize-types.js';

const SECRET_LEN = 32;
const PIECE_LEN = 1 << 20;
/** Differences in the report. */
const MAX_LISTED = 100;
/** Rounds in which what a search finds is zeroed: a name may lie around another. */
const MAX_SCRUBS = 3;

export interface SanitizeResult {
  readonly report: SanitizeReport;
  readonly isDamaged: boolean;
}

/**
 * Writes a copy of the capture `input` to `output` that names no host, user or site, and proves it: the copy is
 * analyzed again and searched. Nothing is written where a secret survived. Rejects with a DpiError.
 */
export async function sanitizeCapture(
  input: CaptureInput,
  output: string,
  options: SanitizeOptions = {},
): Promise<SanitizeResult> {
  const folder = mkdtempSync(join(tmpdir(), 'dpi-sanitize-'));
  try {
    if (isRereadable(input)) return await sanitize(input, nameOf(input), output, join(folder, 'copy'), options);
    const spooled = await SpooledInput.copy(input, join(folder, 'input'), options.signal);
    try {
      return await sanitize(spooled.path, nameOf(input), output, join(folder, 'copy'), options);
    } finally {
      spooled.remove();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function sanitize(
  path: string,
  name: string,
  output: string,
  copyPath: string,
  options: SanitizeOptions,
): Promise<SanitizeResult> {
  const warnings: string[] = [];
  const knownApps = options.keepApps ? await loadApps(options.appsFiles ?? [], (one) => warnings.push(one)) : null;
  const maps = new Replacements(options.secret ?? randomBytes(SECRET_LEN), {
    names: namePolicy(options.keepNames ?? [], knownApps),
    keepsVendor: options.keepVendors ?? false,
    keepsTime: options.keepTime ?? false,
  });
  const noApps = new AppTable([]);

  const study = new Study(noApps, maps, { seed: hashSeed() });
  const studying = await read(study, path, name, options);
  await studying.drain(study.pipeline);
  study.planEnded();
  const summary = summarise(study.pipeline, studying.rows, GENERATOR, NO_RULES, null);

  // Names that only reports show are looked for, too.
  for (const record of study.records) mappedRecord(record, maps);
  const job: CopyJob = { path, name, copyPath, study, summary, maps, apps: noApps, options };
  let proof = await copyAndProve(job);
  for (let round = 0; round < MAX_SCRUBS && proof.leaks.some(({ packet }) => packet > 0); round++) {
    for (const { packet, offset, len } of proof.leaks) study.plans.scrub(packet, { offset, len });
    proof = await copyAndProve(job);
  }
  const { differences, leaks } = proof;
  if (leaks.length === 0 && !options.signal?.aborted) await deliver(copyPath, output, path, options);

  const { damage } = studying.rows[0]!;
  if (damage !== null) warnings.push(`${name}: ${damage}`);
  const report: SanitizeReport = {
    schema_version: SCHEMA_VERSION,
    generator: GENERATOR,
    input: name,
    output: leaks.length === 0 ? output : null,
    packets: study.packets,
    bytes_in: totalLenOf([path]) ?? 0,
    bytes_out: statSync(copyPath).size,
    replaced: replacedCounts(maps),
    kept_names: [...maps.names.kept].sort(),
    time_shift_seconds: maps.shiftSeconds,
    is_key_random: options.secret === undefined,
    connections: study.plans.outcomes,
    verbatim_bytes: study.plans.verbatimBytes,
    scrubbed_places: [...study.plans.scrubbed.values()].reduce((sum, places) => sum + places.length, 0),
    left_out: Object.fromEntries([...proof.leftOut].sort()),
    proof: {
      holds: leaks.length === 0 && differences.length === 0,
      compared_connections: study.records.length,
      differences: differences.slice(0, MAX_LISTED),
      searched_bytes: proof.searchedBytes,
      searched_for: proof.search.needles,
      short_names: proof.search.skipped.length,
      coincidences: proof.coincidences,
      leaks: leaks.slice(0, MAX_LISTED).map(({ kind, packet, offset }) => ({ kind, packet, offset })),
    },
    warnings,
  };
  return { report, isDamaged: damage !== null };
}

/** What the second pass needs. */
interface CopyJob {
  readonly path: string;
  readonly name: string;
  readonly copyPath: string;
  readonly study: Study;
  readonly summary: ReportSummary;
  readonly maps: Replacements;
  readonly apps: AppTable;
  readonly options: SanitizeOptions;
}

interface Proof {
  readonly differences: readonly Difference[];
  readonly leaks: readonly FoundLeak[];
  readonly coincidences: number;
  readonly searchedBytes: number;
  readonly search: SecretSearch;
  readonly leftOut: ReadonlyMap<string, number>;
}

/** Writes the copy to `copyPath`, then analyzes and searches it. */
async function copyAndProve({ path, name, copyPath, study, summary, maps, apps, options }: CopyJob): Promise<Proof> {
  rmSync(copyPath, { force: true });
  const writer = new CopyWriter(copyPath, study, maps, options.fillZeros ?? false);
  try {
    await read(writer, path, name, options);
    writer.close();
  } finally {
    writer.release();
  }
  const search = new SecretSearch(maps);
  const reader = new CopyReader(apps, search);
  const reading = await read(reader, copyPath, name, options);
  await reading.drain(reader.pipeline);
  const copySummary = summarise(reader.pipeline, reading.rows, GENERATOR, NO_RULES, null);
  const differences = compareLabels(
    { records: study.records, summary },
    { records: reader.records, summary: copySummary },
    maps,
    study.plans.reduced,
  );
  const judge = new SightingJudge(reader.sightings, study.plans.verbatim);
  await read(judge, path, name, options);
  return {
    differences,
    leaks: [...reader.outside, ...judge.leaks],
    coincidences: judge.coincidences,
    searchedBytes: reader.searchedBytes,
    search,
    leftOut: writer.leftOut,
  };
}

/** Reads `path`, called `name`, once. */
async function read(reader: BatchReader, path: string, name: string, options: SanitizeOptions): Promise<CaptureRun> {
  const { signal, onProgress } = options;
  const run = new CaptureRun(reader, { signal, onProgress, names: [name] }, totalLenOf([path]));
  await run.read(path);
  return run;
}

function replacedCounts({ addresses, macs, names }: Replacements): SanitizeReport['replaced'] {
  let ipv4 = 0;
  for (const hex of addresses.replaced.keys()) if (hex.length === 8) ipv4++;
  return { ipv4, ipv6: addresses.replaced.size - ipv4, mac: macs.replaced.size, names: names.replaced.size };
}

/** Writes the second pass into a file of its own. */
class CopyWriter implements BatchReader {
  packets = 0;
  bytes = 0;
  private readonly fd: number;
  private readonly copy: CaptureCopy;
  private readonly sanitizer: PacketSanitizer;
  private waiting: Buffer[] = [];
  private waitingLen = 0;

  constructor(path: string, study: Study, maps: Replacements, fillsZeros: boolean) {
    this.fd = openSync(path, 'wx', 0o600);
    this.copy = new CaptureCopy((bytes) => this.write(bytes), maps.shiftSeconds);
    this.sanitizer = new PacketSanitizer(study.plans, maps, fillsZeros);
  }

  get leftOut(): ReadonlyMap<string, number> {
    return this.copy.leftOut;
  }

  run(batch: PacketBatch): void {
    const { sanitizer } = this;
    this.copy.take(batch, (i, keepsLength) => {
      const frame = batch.buf.subarray(batch.frameStart[i]!, batch.frameEnd[i]!);
      const place = { linkType: batch.linkType[i]!, number: batch.firstNumber + i };
      return sanitizer.rewrite(frame, batch.wireLen[i]!, place, keepsLength);
    });
    this.packets += batch.count;
    this.flush();
  }

  close(): void {
    this.copy.close();
    this.flush();
  }

  release(): void {
    closeSync(this.fd);
  }

  private write(bytes: Buffer): void {
    this.waiting.push(bytes);
    this.waitingLen += bytes.length;
    if (this.waitingLen >= PIECE_LEN) this.flush();
  }

  private flush(): void {
    const bytes = Buffer.concat(this.waiting);
    this.waiting = [];
    this.waitingLen = 0;
    for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
  }
}

/** Hands the proven copy on to where the user wants it. */
async function deliver(copyPath: string, output: string, input: string, options: SanitizeOptions): Promise<void> {
  const { stdout = process.stdout, onOutputClosed = () => {}, signal } = options;
  const sink = await openCaptureOutput(output, [input], stdout, onOutputClosed, signal);
  const fd = openSync(copyPath, 'r');
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE_LEN);
      const len = readSync(fd, piece, 0, PIECE_LEN, null);
      if (len === 0) break;
      sink.write(piece.subarray(0, len));
      await sink.drain();
    }
    await sink.commit();
  } finally {
    closeSync(fd);
    sink.discard();
  }
}
