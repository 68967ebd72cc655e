import { PacketBatch } from '../capture/packet-batch.js';
import type { AddressTable } from '../flow/address-table.js';
import { DecodeStage } from '../flow/decode-stage.js';
import type { FlowTable } from '../flow/flow-table.js';
import { IPV6_BIT, NO_FLOW, PacketColumns } from '../flow/packet-columns.js';
import { FragmentTable } from '../layers/fragments.js';
import { PacketView } from '../layers/packet-view.js';

const LINKTYPE_RAW = 101;
/** An error quotes the beginning of a packet; the packet itself was as long as its own length field says. */
const UNSEEN_LEN = 0xffff;

/** The bytes of a quoted packet, from its IP header on. */
export interface Quote {
  readonly buf: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Finds the connection of the packet that an ICMP error quotes. */
export class QuoteReader {
  /** The quoted packet taken apart: row 0, valid after `rowOf` returned a row or `proto` is not -1. */
  readonly columns = new PacketColumns();
  private readonly batch = new PacketBatch();
  private readonly decode: DecodeStage;

  /** `seed` is that of the flow table. */
  constructor(
    private readonly flows: FlowTable,
    private readonly addresses: AddressTable,
    private readonly seed: number,
  ) {
    // Quoted fragments must not mix with those that travelled.
    this.decode = new DecodeStage(new PacketView(Buffer.alloc(0), new FragmentTable()), addresses, seed, true);
  }

  /**
   * Row of the live connection that the quoted packet belongs to; else NO_FLOW.
   * Ignores connections that began after the one with the ID `newestId`: the table may hold later packets already. The
   * packet is taken for one of the network segment `segment`, the error's, if there is such a connection.
   */
  rowOf(quote: Quote, tsMicros: number, newestId: number, segment: number): number {
    const { buf, start, end } = quote;
    const { batch, columns } = this;
    batch.buf = buf;
    batch.count = 1;
    batch.frameStart[0] = start;
    batch.frameEnd[0] = end;
    batch.wireLen[0] = end - start + UNSEEN_LEN;
    batch.linkType[0] = LINKTYPE_RAW;
    batch.tsMicros[0] = tsMicros;
    this.decode.run(batch, columns);
    const proto = columns.proto[0]!;
    if (proto === -1) return NO_FLOW;
    const a = columns.addrA[0]!;
    const b = columns.addrB[0]!;
    if (segment !== 0) columns.setSegment(0, segment, this.seed);
    let row = this.flows.lookup(a, b, columns.ports[0]!, columns.proto[0]!, columns.hash[0]!);
    if (row === NO_FLOW) row = this.flows.inAnySegment(columns, 0);
    if (row !== NO_FLOW && ((newestId - this.flows.idOf(row)) | 0) < 0) row = NO_FLOW;
    if ((proto & IPV6_BIT) !== 0) {
      // The next collect() frees an address that no connection uses.
      this.addresses.retain(a);
      this.addresses.retain(b);
      this.addresses.release(a);
      this.addresses.release(b);
    }
    return row;
  }
}
