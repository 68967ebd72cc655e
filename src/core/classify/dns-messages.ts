import { DnsAnswers, readAnswers } from '../inspect/dns/dns-answers.js';
import { questionName } from '../inspect/dns/dns-inspector.js';
import { DnsName, decodeName } from '../inspect/dns/dns-name.js';
import { Finding } from '../inspect/inspector.js';
import type { PacketPayload } from '../inspect/packet-payload.js';
import type { ClientAnswers } from './client-answers.js';
import type { CnameTargets } from './cname-targets.js';
import type { EchNames } from './ech-names.js';
import type { Labels } from './labels.js';

/** Reads from DNS messages what concerns other names and connections than the one that carries them. */
export class DnsMessages {
  private readonly answers = new DnsAnswers();
  private readonly finding = new Finding();
  private readonly target = new DnsName();

  constructor(
    private readonly labels: Labels,
    private readonly clients: ClientAnswers,
    private readonly echNames: EchNames,
    private readonly cnames: CnameTargets,
  ) {}

  /**
   * Takes the addresses in the answer `payload` into the cache. Learns where the name asked for, whose id is `name`,
   * leads, and public names of ECH.
   */
  learn(payload: PacketPayload, name: number): void {
    const { answers } = this;
    readAnswers(payload.buf, payload.start, payload.end, answers);
    for (let n = 0; n < answers.echCount; n++) {
      this.echNames.learn(payload.buf, answers.echStart[n]!, answers.echEnd[n]!);
    }
    if (answers.targetCount > 0) this.learnTargets(payload, name);
    if (answers.count > 0) this.clients.learn(payload, answers, name);
  }

  private learnTargets({ buf, start, end }: PacketPayload, name: number): void {
    const { answers, target } = this;
    const targets: string[] = [];
    for (let n = 0; n < answers.targetCount; n++) {
      if (decodeName(buf, start, end, answers.targetStart[n]!, target) < 0 || target.len === 0) continue;
      targets.push(target.text.toString('latin1', 0, target.len).toLowerCase());
    }
    if (targets.length > 0) this.cnames.learn(name, targets);
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
