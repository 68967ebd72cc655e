import { statSync } from 'node:fs';
import { type CaptureInput, nameOf } from '../../adapters/sources/raw-input.js';
import { ANOMALIES } from '../../core/common/anomaly.js';
import { DpiError } from '../../core/common/error.js';
import { Pipeline } from '../../core/engine/pipeline.js';
import { Explainer } from '../../core/explain/explainer.js';
import { explanationOf } from '../../core/explain/explanation.js';
import type { ExplainCounts, Explanation, PacketNote } from '../../core/explain/model.js';
import { PacketFinder } from '../../core/explain/packet-finder.js';
import { packetNote } from '../../core/explain/packet-note.js';
import { type ExplainQuery, matchesQuery, parseExplainQuery, queryText } from '../../core/explain/query.js';
import { NO_RULES } from '../../core/policy/rule-set.js';
import { InputFrames } from '../../core/report/input-frames.js';
import type { ConnectionRecord, FactsOptions } from '../../core/report/model.js';
import { CaptureRun, type RunHooks, totalLenOf } from '../shared/capture-run.js';
import { gathered } from '../shared/gathered.js';
import { passProgress } from '../shared/progress.js';
import { openRun, type SelectingOptions } from '../shared/run.js';

/** Those that records of connections hold. */
const FACTS: FactsOptions = { packets: true, quality: 'details' };

/** How a caller watches and steers an explanation. */
export interface ExplainOptions extends SelectingOptions, RunHooks {
  /** A host, an app, an address or a connection's id. */
  what: string;
  /** Most connections to explain: those with the lowest ids. Infinity for all. */
  limit: number;
  /** Opens an input, once for each of the two passes; by its path unless given. */
  openInput?: (path: string) => Promise<CaptureInput>;
  /** Called in the order of the connections' ids. */
  onExplanation: (explanation: Explanation) => void;
}

export interface ExplainResult extends ExplainCounts {
  warnings: string[];
  /** Part of the input was damaged: the warnings say which. */
  isDamaged: boolean;
}

/**
 * Explains how connections came to their labels. Reads the captures twice: to find the connections, then to see where
 * their names lie. Rejects with a DpiError for an input that can't be read, or can't be read twice.
 */
export async function explainConnections(inputs: readonly string[], options: ExplainOptions): Promise<ExplainResult> {
  for (const input of inputs) refusePipe(input);
  const { onProgress, ...hooks } = options;
  const run = await openRun(options, (apps) => parseExplainQuery(options.what, apps));
  const { parsed: query, engine, selection, warnings } = run;
  const totalLen = totalLenOf(inputs);

  const packetFinder = query.kind === 'packet' ? new PacketFinder(query.packet) : null;
  const search = new Search(query, options.limit, packetFinder);
  const [finderFrames, frames] = inputs.length > 1 ? [new InputFrames(), new InputFrames()] : [];
  // Rules change no label, so the first pass needs none.
  const finder = new Pipeline({
    ...engine,
    rules: NO_RULES,
    ...gathered(selection, {}),
    frames: finderFrames,
    top: 0,
    observer: packetFinder ?? undefined,
    onConnection: (record) => search.take(record),
  });
  const firstHooks = { ...hooks, frames: finderFrames, onProgress: passProgress(onProgress, 'first', totalLen) };
  const first = new CaptureRun(finder, firstHooks, totalLen);
  await first.readAll(await opened(inputs, options), finder);
  await options.drain?.();

  const found = search.found();
  if (found.length > 0 && !options.signal?.aborted) {
    const explainer = new Explainer(
      new Set(found.map(({ id }) => id)),
      new Set(found.map((one) => `${one.src_ip} ${one.dst_ip}`)),
    );
    const order = new InOrder(found, options.onExplanation);
    const pipeline = new Pipeline({
      ...engine,
      // The first pass has selected.
      selects: undefined,
      top: 0,
      handshakes: true,
      facts: FACTS,
      frames,
      observer: explainer,
      onConnection: (record) => {
        const trace = explainer.traces.get(record.id);
        if (trace === undefined) return;
        explainer.traces.delete(record.id);
        order.add(explanationOf(record, trace, explainer.answers, engine.apps, engine.rules));
      },
    });
    const secondHooks = {
      ...hooks,
      frames,
      onProgress: passProgress(onProgress, 'second', totalLen),
      onInput: (input: CaptureInput) => {
        explainer.input = { name: nameOf(input) };
      },
    };
    await new CaptureRun(pipeline, secondHooks, totalLen).readAll(await opened(inputs, options), pipeline);
    await options.drain?.();
  }
  const damages = first.rows.flatMap(({ name, damage }) => (damage === null ? [] : [`${name}: ${damage}`]));
  return {
    query: queryText(query),
    matched: search.matched,
    shown: found.length,
    connections: finder.recognition.report.connections,
    packet: packetFinder === null ? null : noteOf(packetFinder, finder),
    warnings: [...warnings, ...damages],
    isDamaged: first.isDamaged,
  };
}

/** What is malformed in the packet that was asked about; null where the capture has no such packet. */
function noteOf({ frame, id }: PacketFinder, { totals }: Pipeline): PacketNote | null {
  if (frame === null) return null;
  const known = ANOMALIES.find((_, code) => code > 0 && totals.counters.anomalyPackets[code] === frame.number);
  return packetNote(frame, id === 0 ? null : id, known ?? null);
}

async function opened(inputs: readonly string[], { openInput }: ExplainOptions): Promise<readonly CaptureInput[]> {
  return openInput === undefined ? inputs : Promise.all(inputs.map(openInput));
}

/** A pipe can't be read twice. */
function refusePipe(input: string): void {
  const stat = input === '-' ? undefined : statSync(input, { throwIfNoEntry: false });
  if (input !== '-' && (stat === undefined || stat.isFile() || stat.isDirectory())) return;
  const what = input === '-' ? 'standard input' : input;
  throw new DpiError(
    'usage',
    `--explain reads the capture twice, and ${what} can be read only once; save it to a file`,
  );
}

/** The first pass: finds the connections that match the query. */
class Search {
  matched = 0;
  private matches: ConnectionRecord[] = [];

  constructor(
    private readonly query: ExplainQuery,
    private readonly limit: number,
    private readonly packetFinder: PacketFinder | null,
  ) {}

  /** Those with the lowest ids. */
  found(): ConnectionRecord[] {
    return this.matches.sort((a, b) => a.id - b.id).slice(0, this.limit);
  }

  take(record: ConnectionRecord): void {
    const isAsked = this.packetFinder === null ? matchesQuery(this.query, record) : record.id === this.packetFinder.id;
    if (!isAsked) return;
    this.matched++;
    this.matches.push(record);
    // Connections end in another order than they begin, so any of these may be among the first.
    if (this.matches.length > this.limit * 2 + 1000) this.matches = this.found();
  }
}

/** Hands explanations on in the order of the connections' ids. */
class InOrder {
  private readonly waiting = new Map<number, Explanation>();
  private next = 0;

  constructor(
    private readonly found: readonly ConnectionRecord[],
    private readonly tell: (explanation: Explanation) => void,
  ) {}

  add(explanation: Explanation): void {
    this.waiting.set(explanation.connection.id, explanation);
    for (; this.next < this.found.length; this.next++) {
      const { id } = this.found[this.next]!;
      const ready = this.waiting.get(id);
      if (ready === undefined) return;
      this.waiting.delete(id);
      this.tell(ready);
    }
  }
}
