import { watch as watchFolder } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { StoredRules } from '../../rules/rule-store.js';

/** Changes in quick succession are reported as one, this long after the first at the latest. */
const SETTLE_MS = 20;
/** Some file systems tell of no change that another machine made. */
const LOOK_MS = 5000;

/**
 * Follows a rules file, `target`, its real path, and its journal. The file itself tells whether it changed, not the
 * version in it: an edit by hand may leave that as it is, and a file that was deleted begins to count anew.
 */
export class JsonWatch {
  private seen = '';
  private reading = false;
  private again = false;
  private stopped = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly target: string,
    private readonly journal: string,
    /** Differs after each change of either. */
    private readonly stamp: () => Promise<string>,
    private readonly read: () => Promise<StoredRules>,
  ) {}

  async start(changed: (rules: StoredRules) => void, failed: (error: Error) => void): Promise<() => Promise<void>> {
    this.seen = await this.stamp();
    const reread = (): void => {
      this.timer = null;
      void this.reread(changed, failed);
    };
    // The folder, not the file: each change puts a new file under the name.
    const names = [basename(this.target), basename(this.journal)];
    const watcher = watchFolder(dirname(this.target), (_event, name) => {
      if (name === null || names.includes(name)) this.timer ??= setTimeout(reread, SETTLE_MS);
    });
    watcher.on('error', failed);
    const looks = setInterval(reread, LOOK_MS).unref();
    return async () => {
      this.stopped = true;
      watcher.close();
      clearInterval(looks);
      if (this.timer !== null) clearTimeout(this.timer);
    };
  }

  private async reread(changed: (rules: StoredRules) => void, failed: (error: Error) => void): Promise<void> {
    this.again = true;
    if (this.reading) return;
    this.reading = true;
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        const stamp = await this.stamp();
        if (stamp === this.seen) continue;
        const rules = await this.read();
        this.seen = stamp;
        if (!this.stopped) changed(rules);
      } catch (error) {
        if (!this.stopped) failed(error as Error);
      }
    }
    this.reading = false;
  }
}
