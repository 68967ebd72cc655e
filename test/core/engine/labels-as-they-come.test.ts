import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { PipelineObserver } from '../../../src/core/engine/options.js';
import * as F from '../../../src/core/flow/flow-row.js';
import type { FlowTable } from '../../../src/core/flow/flow-table.js';
import { analyzed } from '../../support/analyzed.js';

const SAMPLES = readdirSync('samples').filter((name) => /\.pcap(ng)?$/.test(name));

describe('labels as they come', () => {
  it.each(SAMPLES)('change nothing in the records of %s', async (name) => {
    const file = `samples/${name}`;
    const told = await analyzed(file, { onLabel: () => {} });
    expect(told).toEqual(await analyzed(file));
  });

  it('are told for every connection of the demo that ends with a name', async () => {
    const records = await analyzed('samples/demo.pcap');
    const told = new Set<number>();
    let flows: FlowTable | null = null;
    const observer: PipelineObserver = {
      attach: (table) => {
        flows = table;
      },
      inspector: (one) => one,
      listener: (one) => one,
      packet: () => {},
    };
    const onLabel = (row: number) => told.add(flows!.words[(row << F.ROW_SHIFT) + F.ID]!);
    await analyzed('samples/demo.pcap', { observer, onLabel });
    const named = records.filter(({ domain, app }) => domain !== null || app !== 'UNKNOWN').map(({ id }) => id);
    expect(named.length).toBeGreaterThan(40);
    expect([...told].sort((a, b) => a - b)).toEqual(named);
  });
});
