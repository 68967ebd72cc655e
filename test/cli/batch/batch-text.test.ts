import { describe, expect, it } from 'vitest';
import { batchProgressText } from '../../../src/cli/batch/batch-text.js';

describe('the progress of a batch run', () => {
  const state = { unitsDone: 3, units: 12, bytesRead: 250e6, totalLen: 1e9, packets: 1 };

  it('has the rate and the time left', () => {
    expect(batchProgressText(state)(10)).toBe('25%  3 of 12 units  25 MB/s  0:30 left');
  });

  it('has no time left before anything was read', () => {
    expect(batchProgressText({ ...state, bytesRead: 0, unitsDone: 0 })(2)).toBe('0%  0 of 12 units  0 B/s');
  });
});
