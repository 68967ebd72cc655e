import { type ConnectionProof, proofOf } from '../report/connection-proof.js';
import type { ConnectionRecord } from '../report/model.js';
import { pairText } from './compare-reports.js';
import type { DiffSection } from './model.js';

/** Names, hosts and pairs whose first connection is kept. */
const MAX_FIRST = 1 << 17;

/** The first connection of each label, name, host and pair. */
export class FirstConnections {
  private readonly first = new Map<string, ConnectionProof>();

  /** `connection` is not kept. */
  add(connection: ConnectionRecord): void {
    const { label, domains, src_ip, dst_ip } = connection;
    this.note('label', label, connection);
    for (const name of domains) this.note('name', name, connection);
    this.note('host', src_ip, connection);
    this.note('host', dst_ip, connection);
    this.note('pair', pairText(src_ip, dst_ip, label), connection);
  }

  find(section: DiffSection, what: string): ConnectionProof | null {
    return this.first.get(`${section} ${what}`) ?? null;
  }

  private note(section: DiffSection, what: string, connection: ConnectionRecord): void {
    const key = `${section} ${what}`;
    const known = this.first.get(key);
    if (known === undefined ? this.first.size < MAX_FIRST : connection.id < known.id) {
      this.first.set(key, proofOf(connection));
    }
  }
}
