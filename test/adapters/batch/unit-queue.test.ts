import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnitQueue } from '../../../src/adapters/batch/unit-queue.js';
import { redisBinary, startRedis, type TestRedis } from '../stores/redis-server.js';

describe.skipIf(redisBinary() === null)('the units of a run in the queue', () => {
  let server: TestRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  it('are told from those of other runs, so that a lost one is noticed however many others wait', async () => {
    const queue = await UnitQueue.open(server.url, () => {});
    const ids = Array.from({ length: 2500 }, (_, n) => `unit${n}`);
    try {
      expect(await queue.lost('/runs/a', ids)).toEqual(ids);
      await queue.add('/runs/a', ids);
      await queue.add('/runs/b', ids);
      expect(await queue.lost('/runs/a', ids)).toEqual([]);
      await queue.remove('/runs/a', ['unit7', 'unit2400']);
      expect(await queue.lost('/runs/a', ids)).toEqual(['unit7', 'unit2400']);
      await queue.add('/runs/a', ['unit7', 'unit2400', 'unit8']);
      expect(await queue.lost('/runs/a', ids)).toEqual([]);
      const redis = new Redis(server.url);
      expect(await redis.llen('dpi-batch:units:wait')).toBe(2 * ids.length);
      redis.disconnect();
    } finally {
      await queue.close();
    }
  });
});
