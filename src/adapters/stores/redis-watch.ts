import type { RuleStore, StoredRules } from '../../rules/rule-store.js';
import { redisOptions } from './redis-connection.js';
import type { RedisAddress } from './redis-url.js';

/** A Redis that comes back is noticed this soon; an attempt costs next to nothing. */
const MOST_RETRY_MS = 250;
/** How often the version is looked at without a message: a dead path to Redis looks just like one without news. */
const LOOK_MS = 5000;

/**
 * Listens on the channel of a Redis rule store. Messages are lost while disconnected, so the rules are read again after
 * each reconnect, whatever their version: a Redis that kept nothing on its disk counts from 0 again, and may have come
 * to the same number with other rules.
 */
export class RedisWatch {
  private last = 0;
  private reading = false;
  private again = false;
  private stopped = false;
  /** The rules are read even if the version is the last one. */
  private forced = false;

  constructor(
    private readonly address: RedisAddress,
    private readonly channel: string,
    private readonly openStore: () => RuleStore,
    /** Called where the rules must be read anew whatever their version. */
    private readonly forget: () => void,
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
    let connected = 0;
    listener.on('message', reread);
    listener.on('error', failed);
    listener.on('ready', () => {
      if (++connected > 1) this.forced = true;
      listener.subscribe(this.channel).then(reread, (error: Error) => {
        failed(error);
        // Refused (a password that is being changed): without a subscription the connection is useless, so try again.
        if (!this.stopped) listener.disconnect(true);
      });
    });
    await listener.connect();
    const looks = setInterval(reread, LOOK_MS).unref();
    return async () => {
      this.stopped = true;
      clearInterval(looks);
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
        if (this.forced || (await store.version()) !== this.last) {
          if (this.forced) this.forget();
          const rules = await store.load();
          this.forced = false;
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
