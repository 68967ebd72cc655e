import { Finding, FOUND, InspectContext, type Inspector } from '../../../../src/core/inspect/inspector.js';
import { InspectorTable } from '../../../../src/core/inspect/inspector-table.js';
import { DATAGRAM_INSPECTORS, STREAM_INSPECTORS } from '../../../../src/core/inspect/registry.js';

/** One message as a protocol's clients or servers send it. */
export interface Sample {
  protocol: string;
  /** Text, or bytes in hex with blanks where they help. */
  bytes: string | Buffer;
  srcPort?: number;
  dstPort?: number;
  app?: string;
}

export const hex = (text: string): Buffer => Buffer.from(text.replace(/\s+/g, ''), 'hex');

/** What lies before and behind the message in the buffer that inspectors are shown: it is not theirs. */
interface Surroundings {
  readonly before: Buffer;
  readonly behind: Buffer;
}

const NOISE: Surroundings = { before: Buffer.alloc(3, 0xc3), behind: Buffer.alloc(64, 0xc3) };

export interface Answer {
  protocol: string | null;
  app: string;
  role: number;
  /** Bytes of the message that were read, -1 where the rest is of no interest. */
  consumedLen: number;
  inspector: Inspector | null;
}

const streams = new InspectorTable(STREAM_INSPECTORS);
const datagrams = new InspectorTable(DATAGRAM_INSPECTORS);

/** Asks all registered inspectors as the engine does; the first that finds its protocol answers. */
export function ask(ipProto: 6 | 17, message: Buffer, srcPort = 40000, dstPort = 40001, around = NOISE): Answer {
  const table = ipProto === 6 ? streams : datagrams;
  const buf = Buffer.concat([around.before, message, around.behind]);
  const start = around.before.length;
  const end = start + message.length;
  const context = new InspectContext();
  context.srcPort = srcPort;
  context.dstPort = dstPort;
  context.final = true;
  const finding = new Finding();
  const hinted = table.inspectors.findLastIndex((one) => ipProto === 17 && one.ports.includes(dstPort));
  const onPort = table.onPort(dstPort, srcPort);
  const isPortKnown = table.knowsPort(dstPort) || table.knowsPort(srcPort);
  for (const index of [hinted, ...(message.length === 0 ? [] : table.candidates(message[0]!)), onPort]) {
    if (index < 0) continue;
    const inspector = table.inspectors[index]!;
    if (!isPortKnown && !table.mayBearMark(index, buf, start, end)) continue;
    finding.reset();
    context.state = undefined;
    if (inspector.inspect(buf, start, end, context, finding) !== FOUND) continue;
    const protocol = finding.protocol === '' ? inspector.name : finding.protocol;
    const consumedLen = finding.consumedEnd < 0 ? -1 : finding.consumedEnd - start;
    return { protocol, app: finding.app, role: finding.role, consumedLen, inspector };
  }
  return { protocol: null, app: '', role: 0, consumedLen: -1, inspector: null };
}
