import { DnsAnswers, readAnswers } from '../inspect/dns/dns-answers.js';
import { questionName } from '../inspect/dns/dns-inspector.js';
import { Finding } from '../inspect/inspector.js';
import type { ClientAnswers } from './client-answers.js';
import type { Labels } from './labels.js';

/** Takes from a DNS message what concerns other names and connections than the one that it was found in. */
export class DnsMessages {
  private readonly answers = new DnsAnswers();
  private readonly finding = new Finding();

  constructor(
    private readonly labels: Labels,
    private readonly clients: ClientAnswers,
  ) {}

  /**
   * Takes the addresses of the answer in `buf[start, end)`, to the question whose name was found last, into the cache.
   */
  learn(row: number, buf: Buffer, start: number, end: number, now: number): void {
    const { answers, labels } = this;
    const count = readAnswers(buf, start, end, answers);
    const name = labels.lastName;
    for (let n = 0; n < count; n++) {
      this.clients.learn(row, buf, answers.addressStart[n]!, answers.family[n]!, answers.ttl[n]!, name, now);
    }
  }

  /** A message may ask for several names, as mDNS queries do. */
  furtherQuestions(row: number, buf: Buffer, start: number, end: number): void {
    const { finding } = this;
    for (let index = 1; questionName(buf, start, end, index, finding); index++) {
      if (finding.nameStart < 0) continue;
      this.labels.alsoNamed(row, finding.nameBuf!, finding.nameStart, finding.nameEnd);
    }
  }
}
