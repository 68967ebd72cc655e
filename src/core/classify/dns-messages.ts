import { DnsAnswers, readAnswers } from '../inspect/dns/dns-answers.js';
import { questionName } from '../inspect/dns/dns-inspector.js';
import { Finding } from '../inspect/inspector.js';
import type { PacketPayload } from '../inspect/packet-payload.js';
import type { ClientAnswers } from './client-answers.js';
import type { EchNames } from './ech-names.js';
import type { Labels } from './labels.js';

/** Reads from DNS messages what concerns other names and connections than the one that carries them. */
export class DnsMessages {
  private readonly answers = new DnsAnswers();
  private readonly finding = new Finding();

  constructor(
    private readonly labels: Labels,
    private readonly clients: ClientAnswers,
    private readonly echNames: EchNames,
  ) {}

  /**
   * Takes the addresses in the answer `payload` into the cache, and learns public names of ECH; `name` is the id of the
   * name asked for.
   */
  learn(payload: PacketPayload, name: number): void {
    const { answers } = this;
    const count = readAnswers(payload.buf, payload.start, payload.end, answers);
    if (answers.echStart >= 0) this.echNames.learn(payload.buf, answers.echStart, answers.echEnd);
    for (let n = 0; n < count; n++) this.clients.learn(payload, answers, n, name);
  }

  /** A message may ask for several names, as mDNS queries do. */
  furtherQuestions(payload: PacketPayload): void {
    const { finding } = this;
    for (let index = 1; questionName(payload.buf, payload.start, payload.end, index, finding); index++) {
      if (finding.nameStart < 0) continue;
      this.labels.alsoNamed(payload.row, finding.nameBuf!, finding.nameStart, finding.nameEnd);
    }
  }
}
