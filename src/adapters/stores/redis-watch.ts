import { redisOptions } from './redis-connection.js';
import type { RedisAddress } from './redis-url.js';
import type { RuleStore, StoredRules } from './rule-store.js';

const MOST_RETRY_MS = 2000;

/**
 * Listens on the channel of a Redis rule store. Messages are lost while disconnected, so the rules are read again after
 * each reconnect; the version tells whether that brought anything new.
 */
export class RedisWatch {
  private last = 0;
  private reading = false;
  private again = false;
  private stopped = false;

  constructor(
    private readonly address: RedisAddress,
    private readonly channel: string,
    private readonly openStore: () => RuleStore,
  ) {}

  async start(changed: (rules: StoredRules) => void, failed: (error: Error) => void): Promise<() => Promise<void>> {
    const store = this.openStore();
    try {
      this.last = await store.version();
    } finally {
      await store.close();
    }
    const { Redis } = await import('./redis-client.js');
    const listener = new Redis({
      ...redisOptions(this.address),
      retryStrategy: (times) => Math.min(times * 100, MOST_RETRY_MS),
    });
    const reread = () => void this.reread(changed, failed);
    listener.on('message', reread);
    listener.on('error', failed);
    listener.on('ready', () => {
      listener.subscribe(this.channel).then(reread, failed);
    });
    await listener.connect();
    return async () => {
      this.stopped = true;
      listener.disconnect();
    };
  }

  private async reread(changed: (rules: StoredRules) => void, failed: (error: Error) => void): Promise<void> {
    if (this.reading) {
      this.again = true;
      return;
    }
    this.reading = true;
    do {
      this.again = false;
      const store = this.openStore();
      try {
        if ((await store.version()) !== this.last) {
          const rules = await store.load();
          this.last = rules.version;
          if (!this.stopped) changed(rules);
        }
      } catch (error) {
        if (!this.stopped) failed(error as Error);
      } finally {
        await store.close();
      }
    } while (this.again && !this.stopped);
    this.reading = false;
  }
}
