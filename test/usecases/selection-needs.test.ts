/** An expression finds the same connections in every command, whatever else the command gathers. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ConnectionRecord } from '../../src/core/report/model.js';
import { analyzeCaptures } from '../../src/usecases/analyze/analyze.js';
import { explainConnections } from '../../src/usecases/explain/explain.js';
import { filterCapture } from '../../src/usecases/filter/filter.js';

const DEMO = 'samples/demo.pcap';
const EXPRESSIONS: readonly [string, (c: ConnectionRecord) => boolean][] = [
  ['rtt_ms > 0.1', ({ rtt_ms }) => rtt_ms !== null && rtt_ms > 0.1],
  ['answer_ms > 1', ({ answer_ms }) => answer_ms !== null && answer_ms > 1],
  ['reset_by != null', ({ reset_by }) => reset_by !== null],
  ['tls_version in (1.2, 1.1)', ({ tls_version }) => tls_version === '1.2' || tls_version === '1.1'],
  ['first_packet > 400', ({ first_packet }) => first_packet !== null && first_packet > 400],
];

let connections: ConnectionRecord[] = [];

beforeAll(async () => {
  connections = (await analyzeCaptures([DEMO], { top: Number.POSITIVE_INFINITY, handshakes: true })).top;
});

describe.each(EXPRESSIONS)('%s', (where, test) => {
  const expected = () => connections.filter(test);

  it('selects in a report that gathers nothing else', async () => {
    expect(expected().length).toBeGreaterThan(0);
    expect(expected().length).toBeLessThan(connections.length);
    const { summary } = await analyzeCaptures([DEMO], { facts: {}, select: { where } });
    expect(summary.selected?.connections).toBe(expected().length);
  });

  it('selects what to explain', async () => {
    const { matched } = await explainConnections([DEMO], {
      what: '0.0.0.0/0',
      limit: 0,
      select: { where },
      onExplanation: () => {},
    });
    expect(matched).toBe(expected().filter(({ src_ip }) => src_ip.includes('.')).length);
  });

  it('selects what to keep', async () => {
    const { summary } = await filterCapture(DEMO, null, { dryRun: true, select: { where } });
    expect(summary.kept_packets).toBe(expected().reduce((sum, { packets }) => sum + packets, 0));
  });
});

it('sorts by round trips without having been asked to measure them', async () => {
  const { top } = await analyzeCaptures([DEMO], { facts: {}, sort: 'rtt', top: 3 });
  const slowest = connections.map(({ rtt_ms }) => rtt_ms ?? -1).sort((a, b) => b - a);
  expect(top.map(({ rtt_ms }) => rtt_ms)).toEqual(slowest.slice(0, 3));
});
