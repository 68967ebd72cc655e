import type { Labels } from '../classify/labels.js';
import type { AddressWords } from '../flow/address-table.js';
import { FLOW_OPENER_B } from '../flow/flow-flags.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import { ADDRESS_WORDS, writeAddress } from './address-words.js';
import { BoundedTable, type TableLayout } from './bounded-table.js';
import type { ConnectionQuality } from './connection-quality.js';
import type { HostNames } from './host-names.js';
import * as H from './host-row.js';
import { LabelAmounts } from './label-amounts.js';
import { destinationLink, type LinkAddresses, sourceLink } from './link-addresses.js';
import { RETRANSMITTED } from './quality-rows.js';

/** Labels of all hosts. */
const MAX_LABELS = 1 << 18;
/** What row 0 sums up. */
const COUNTS = [H.AS_CLIENT, H.AS_SERVER, H.LOOKUPS, H.RETRANSMITTED, H.RTT_COUNT];
const AMOUNTS = [H.BYTES_OUT, H.BYTES_IN, H.PACKETS_OUT, H.PACKETS_IN, H.RTT_MICROS];
const MAX_WEIGHT = 2 ** 31 - 1;
const DNS_PORT = 53;
const DHCP_SERVER_PORT = 67;
const DHCP_CLIENT_PORT = 68;

/** How much of hosts to keep. */
export interface HostsOptions {
  readonly maxHosts: number;
  readonly seed: number;
  readonly links: LinkAddresses | null;
  readonly names: HostNames | null;
  readonly quality: ConnectionQuality | null;
}

/**
 * Adds up ended connections by the host at either end. Row 0 is no host: it has the sums of those that were evicted.
 * The packets in progress cost nothing.
 */
export class Hosts implements TableLayout {
  readonly keyWords = H.KEY_WORDS;
  readonly hashedWords = ADDRESS_WORDS;
  readonly rowWords = H.ROW_WORDS;
  readonly table: BoundedTable;
  /** Bytes by label of each host. */
  readonly labelAmounts = new LabelAmounts(MAX_LABELS);
  /** MAC addresses; null unless asked for. */
  readonly links: LinkAddresses | null;
  /** Null unless asked for. */
  readonly names: HostNames | null;
  /** How well connections went; null unless asked for. */
  readonly quality: ConnectionQuality | null;
  private readonly dns: number;
  private readonly dhcp: number;

  constructor(
    private readonly flows: FlowRows,
    private readonly addresses: AddressWords,
    private readonly labels: Labels,
    { maxHosts, seed, links, names, quality }: HostsOptions,
  ) {
    this.links = links;
    this.names = names;
    this.quality = quality;
    this.table = new BoundedTable(this, maxHosts, seed);
    this.dns = labels.protocols.idOf('dns');
    this.dhcp = labels.protocols.idOf('dhcp');
  }

  /** The connection `row` ends, which began with the link addresses `packed`, 0 for none. */
  ended(row: number, packed: number): void {
    const { flows, labels } = this;
    const initiator = flows.initiatorOf(row);
    const responder: Endpoint = initiator === 0 ? 1 : 0;
    const weight = Math.min(flows.bytesOf(row), MAX_WEIGHT) | 0;
    this.table.key[H.FAMILY] = flows.isIpv6(row) ? 6 : 4;
    const client = this.hostOf(row, initiator, 0, weight);
    const server = this.hostOf(row, responder, client, weight);
    this.add(client, row, initiator);
    this.add(server, row, responder);
    const { words } = this.table;
    words[client * H.ROW_WORDS + H.ROLES]! |= H.ROLE_CLIENT;
    if (labels.rows.isLookup(row)) {
      words[client * H.ROW_WORDS + H.LOOKUPS]!++;
      if (server !== client) words[server * H.ROW_WORDS + H.LOOKUPS]!++;
    } else {
      words[client * H.ROW_WORDS + H.AS_CLIENT]!++;
      words[server * H.ROW_WORDS + H.AS_SERVER]!++;
    }
    if (this.names !== null && server !== 0) this.nameServer(this.names, row, server);
    const protocol = flows.protocolOf(row);
    if (protocol !== 0 && (protocol === this.dns || protocol === this.dhcp)) {
      words[client * H.ROW_WORDS + H.ROLES]! |= this.roleOf(row, initiator, protocol);
      words[server * H.ROW_WORDS + H.ROLES]! |= this.roleOf(row, responder, protocol);
    }
    if (this.quality !== null) {
      this.addQuality(this.quality, client, row);
      if (server !== client) this.addQuality(this.quality, server, row);
    }
    const label = labels.rows.of(row);
    this.addLabel(client, label, row);
    this.addLabel(server, label, row);
    if (packed === 0) return;
    const opener = flows.hasFlag(row, FLOW_OPENER_B) === (initiator === 1) ? client : server;
    this.tie(opener, sourceLink(packed));
    this.tie(opener === client ? server : client, destinationLink(packed));
  }

  evict(row: number): void {
    const { words, doubles } = this.table;
    const w = row * H.ROW_WORDS;
    for (let n = 0; n < COUNTS.length; n++) words[COUNTS[n]!]! += words[w + COUNTS[n]!]!;
    for (let n = 0; n < AMOUNTS.length; n++) doubles[AMOUNTS[n]! >> 1]! += doubles[(w + AMOUNTS[n]!) >> 1]!;
    this.labelAmounts.release(words[w + H.LABELS]!);
  }

  /** Gives `server`, the host at the responding end, the name that the client was told to be its own. */
  private nameServer(names: HostNames, row: number, server: number): void {
    const { words } = this.table;
    const w = server * H.ROW_WORDS;
    const hint = this.flows.hintOf(row);
    if (hint === 0 || hint === words[w + H.NAMED]) return;
    words[w + H.NAMED] = hint;
    names.answered(words, w, words[w + H.FAMILY] === 6, this.labels.names.text(hint));
  }

  /** Ties the host to a link address, unless a better one is known. */
  private tie(host: number, link: number): void {
    const { words } = this.table;
    const at = host * H.ROW_WORDS + H.LINK;
    if (host !== 0 && link >>> 16 > words[at]! >>> 16) words[at] = link;
  }

  private hostOf(row: number, endpoint: Endpoint, kept: number, weight: number): number {
    const { table } = this;
    writeAddress(this.flows, this.addresses, row, endpoint, table.key, 0);
    return table.find(kept, weight);
  }

  private add(host: number, row: number, endpoint: Endpoint): void {
    const { flows } = this;
    const { doubles, weights } = this.table;
    const d = (host * H.ROW_WORDS) >> 1;
    const peer: Endpoint = endpoint === 0 ? 1 : 0;
    const out = flows.bytesFrom(row, endpoint);
    const back = flows.bytesFrom(row, peer);
    weights[host]! += out + back;
    doubles[d + (H.BYTES_OUT >> 1)]! += out;
    doubles[d + (H.BYTES_IN >> 1)]! += back;
    doubles[d + (H.PACKETS_OUT >> 1)]! += flows.packetsFrom(row, endpoint);
    doubles[d + (H.PACKETS_IN >> 1)]! += flows.packetsFrom(row, peer);
    const first = d + (H.FIRST_MICROS >> 1);
    const last = d + (H.LAST_MICROS >> 1);
    const begun = flows.firstMicrosOf(row);
    const ended = flows.lastMicrosOf(row);
    if (doubles[first] === 0 || begun < doubles[first]!) doubles[first] = begun;
    if (ended > doubles[last]!) doubles[last] = ended;
  }

  private addQuality(quality: ConnectionQuality, host: number, row: number): void {
    const { words, doubles } = this.table;
    const w = host * H.ROW_WORDS;
    if (quality.isTcp(row)) words[w + H.RETRANSMITTED]! += quality.countOf(row, RETRANSMITTED);
    const micros = quality.rttMicrosOf(row);
    if (micros < 0) return;
    words[w + H.RTT_COUNT]!++;
    doubles[(w + H.RTT_MICROS) >> 1]! += micros;
  }

  private addLabel(host: number, label: number, row: number): void {
    if (host === 0) return;
    const { words } = this.table;
    const at = host * H.ROW_WORDS + H.LABELS;
    words[at] = this.labelAmounts.add(words[at]!, label, this.flows.bytesOf(row));
  }

  /** Hosts in the table that began a connection: all clients unless some were evicted. */
  get clients(): number {
    const { words, used } = this.table;
    let count = 0;
    for (let host = 1; host <= used; host++) {
      if ((words[host * H.ROW_WORDS + H.ROLES]! & H.ROLE_CLIENT) !== 0) count++;
    }
    return count;
  }

  /** What the connection shows its endpoint to serve: it must have answered. */
  private roleOf(row: number, endpoint: Endpoint, protocol: number): number {
    const { flows } = this;
    if (flows.packetsFrom(row, endpoint) === 0) return 0;
    const port = flows.portOf(row, endpoint);
    if (protocol === this.dns) return port === DNS_PORT && flows.initiatorOf(row) !== endpoint ? H.ROLE_DNS_SERVER : 0;
    const peerPort = flows.portOf(row, endpoint === 0 ? 1 : 0);
    return port === DHCP_SERVER_PORT && peerPort === DHCP_CLIENT_PORT ? H.ROLE_DHCP_SERVER : 0;
  }
}
