import type { DnsMessages } from '../classify/dns-messages.js';
import type { Facts } from '../facts/facts.js';
import type { Endpoint, FlowRows } from '../flow/flow-rows.js';
import type { FindingListener, FindingOutcome } from '../inspect/finding-listener.js';
import type { Finding, InspectContext, Inspector } from '../inspect/inspector.js';
import { PacketPayload } from '../inspect/packet-payload.js';

/** Listens to what inspectors find in streams: DNS messages over TCP teach names and addresses as datagrams do. */
export class StreamAnswers implements FindingListener {
  /** Learns the names of hosts from answers too; null where no report has them. */
  facts: Facts | null = null;
  private readonly message = new PacketPayload();

  constructor(
    private readonly flows: FlowRows,
    private readonly inner: FindingListener,
    private readonly context: InspectContext,
    private readonly dnsMessages: DnsMessages,
  ) {}

  describe(row: number, sender: Endpoint, context: InspectContext): void {
    this.inner.describe(row, sender, context);
  }

  found(row: number, sender: Endpoint, inspector: Inspector, finding: Finding, packetNumber: number): FindingOutcome {
    const outcome = this.inner.found(row, sender, inspector, finding, packetNumber);
    if (finding.dnsBuf !== null && outcome.name !== 0) this.learn(row, sender, finding, outcome.name);
    return outcome;
  }

  private learn(row: number, sender: Endpoint, { dnsBuf, dnsStart, dnsEnd }: Finding, name: number): void {
    const { message, dnsMessages } = this;
    message.row = row;
    message.sender = sender;
    message.buf = dnsBuf!;
    message.start = dnsStart;
    message.end = dnsEnd;
    message.wireLen = dnsEnd - dnsStart;
    message.tsMicros = this.context.tsMicros;
    if (this.flows.directionOf(row, sender) === 1) {
      dnsMessages.learn(message, name);
      this.facts?.dnsAnswer(message.buf, dnsStart, dnsEnd);
    }
    dnsMessages.furtherQuestions(message);
  }
}
