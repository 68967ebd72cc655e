import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, processPlace } from './process-place.js';

const PREFIX = 'dpi-serve-';
const OWNER_FILE = 'owner';
const OWNER_ONLY = 0o700;
const BEAT_MS = 30_000;
/** An owner in another place (a container, another host) that has not renewed its mark for this long is gone. */
const SILENT_MS = 300_000;
/** The same for a folder without a mark, which an older version left. */
const UNMARKED_MS = 86_400_000;

/** Folders of this process: its own id may be that of a killed one (in a container, 1). */
const own = new Set<string>();

/**
 * A server's folder for temporary files, below the system's. If it is deleted (systemd-tmpfiles does so after ten quiet
 * days), the next upload gets a new one. A file in it names the owner, so that a later server can clear what a killed
 * one left.
 */
export class SpoolFolder {
  private path: string;
  private readonly beat: NodeJS.Timeout;

  /** Deletes the folders of servers that are gone. `parent` is the system's temporary folder unless given. */
  constructor(private readonly parent: string = tmpdir()) {
    removeAbandoned(parent);
    this.path = this.create();
    this.beat = setInterval(() => this.renew(), BEAT_MS).unref();
    process.once('exit', this.remove);
  }

  /** Makes a new folder in it, which the caller deletes. */
  newFolder(): string {
    const name = randomBytes(8).toString('hex');
    try {
      mkdirSync(join(this.path, name), OWNER_ONLY);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      own.delete(this.path);
      // Under a new name: another user may have taken the old one.
      this.path = this.create();
      mkdirSync(join(this.path, name), OWNER_ONLY);
    }
    return join(this.path, name);
  }

  close(): void {
    clearInterval(this.beat);
    process.off('exit', this.remove);
    this.remove();
  }

  private readonly remove = () => {
    own.delete(this.path);
    rmSync(this.path, { recursive: true, force: true });
  };

  private create(): string {
    const path = mkdtempSync(join(this.parent, PREFIX));
    own.add(path);
    writeFileSync(join(path, OWNER_FILE), `${processPlace()} ${process.pid}\n`);
    return path;
  }

  private renew(): void {
    try {
      utimesSync(join(this.path, OWNER_FILE), new Date(), new Date());
    } catch {
      // The folder is gone; the next upload makes a new one.
    }
  }
}

/** Never fails: what can't be read or deleted stays. */
function removeAbandoned(parent: string): void {
  for (const name of attempt(() => readdirSync(parent)) ?? []) {
    const path = join(parent, name);
    if (!name.startsWith(PREFIX) || own.has(path) || !isAbandoned(path)) continue;
    attempt(() => rmSync(path, { recursive: true, force: true }));
  }
}

function isAbandoned(path: string): boolean {
  const owner = join(path, OWNER_FILE);
  const mark = /^([\da-f]{8}) (\d+)\n$/.exec(attempt(() => readFileSync(owner, 'latin1')) ?? '');
  if (mark === null) return silentMs(path) > UNMARKED_MS;
  if (mark[1] === processPlace()) return Number(mark[2]) === process.pid || !isAlive(Number(mark[2]));
  return silentMs(owner) > SILENT_MS;
}

function silentMs(path: string): number {
  const modified = attempt(() => statSync(path).mtimeMs);
  return modified === undefined ? 0 : Date.now() - modified;
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
