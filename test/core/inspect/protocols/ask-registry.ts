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

/** Offset of the message in the buffer that inspectors are shown: what lies around it is not theirs. */
const START = 3;
const NOISE = 0xc3;

export interface Answer {
  protocol: string | null;
  app: string;
  role: number;
  inspector: Inspector | null;
}

const streams = new InspectorTable(STREAM_INSPECTORS);
const datagrams = new InspectorTable(DATAGRAM_INSPECTORS);

/** Asks all registered inspectors as the engine does; the first that finds its protocol answers. */
export function ask(ipProto: 6 | 17, message: Buffer, srcPort = 40000, dstPort = 40001): Answer {
  const table = ipProto === 6 ? streams : datagrams;
  const buf = Buffer.concat([Buffer.alloc(START, NOISE), message, Buffer.alloc(64, NOISE)]);
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
    if (!isPortKnown && !table.mayBearMark(index, buf, START, START + message.length)) continue;
    finding.reset();
    context.state = undefined;
    if (inspector.inspect(buf, START, START + message.length, context, finding) !== FOUND) continue;
    const protocol = finding.protocol === '' ? inspector.name : finding.protocol;
    return { protocol, app: finding.app, role: finding.role, inspector };
  }
  return { protocol: null, app: '', role: 0, inspector: null };
}
