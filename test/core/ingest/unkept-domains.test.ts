import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../../src/core/engine/options.js';
import { decide, engineWith, OUT, rulesOf } from './events.js';

describe('events with more domains than there is room for', () => {
  it('are decided by what they say', () => {
    const limits = { ...DEFAULT_LIMITS, maxConnections: 1 << 10, maxNames: 1 };
    const engine = engineWith({ limits, rules: rulesOf('evil.example') });
    const event = (port: number, domain: string) => decide(engine, { tuple: { ...OUT, src_port: port }, domain });
    expect(event(40_000, 'first.example')).toMatchObject({ decision: 'forward', domain: 'first.example' });
    expect(event(40_001, 'b99.evil.example')).toMatchObject({ decision: 'drop', blocked_by: 'domain:evil.example' });
    expect(event(40_001, 'b99.evil.example')).toMatchObject({ decision: 'drop' });
    expect(event(40_002, 'good.example')).toMatchObject({ decision: 'forward' });
    // A later name of a connection that has one already.
    expect(event(40_000, 'evil.example')).toMatchObject({ decision: 'drop' });
  });
});
