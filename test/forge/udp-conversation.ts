import type { IpOptions } from './ip.js';
import { type Encapsulate, ethernet } from './link.js';
import { FORGE_EPOCH_MICROS, type ForgedPacket } from './packet.js';
import type { Side } from './tcp-conversation.js';
import { type Endpoint, udpPacket } from './transport.js';

export interface UdpConversationOptions {
  client: Endpoint;
  server: Endpoint;
  startMicros?: number;
  stepMicros?: number;
  encapsulate?: Encapsulate;
  ip?: IpOptions;
}

/** Datagrams between two endpoints, written into `packets`. */
export class UdpConversation {
  readonly packets: ForgedPacket[] = [];
  private readonly options: UdpConversationOptions;
  private clockMicros: number;

  constructor(options: UdpConversationOptions) {
    this.options = options;
    this.clockMicros = options.startMicros ?? FORGE_EPOCH_MICROS;
  }

  send(from: Side, ...datagrams: Buffer[]): this {
    const { client, server, ip, encapsulate } = this.options;
    for (const datagram of datagrams) {
      const packet =
        from === 'client' ? udpPacket(client, server, datagram, ip) : udpPacket(server, client, datagram, ip);
      this.packets.push({ data: encapsulate ? encapsulate(packet) : ethernet(packet), timeMicros: this.clockMicros });
      this.clockMicros += this.options.stepMicros ?? 1000;
    }
    return this;
  }
}
