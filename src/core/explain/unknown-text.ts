import type { ConnectionRecord } from '../report/model.js';
import type { ConnectionTrace } from './connection-trace.js';
import type { Proof } from './model.js';
import { protocolTitle } from './protocol-title.js';

/** Why the connection's app is unknown, in a sentence; null when it is known. */
export function unknownText(record: ConnectionRecord, trace: ConnectionTrace, proofs: readonly Proof[]): string | null {
  const asked = trace.asked.size;
  switch (record.unknown_reason) {
    case null:
      return null;
    case 'unlisted-name':
      return `the name ${record.domain} is known, but no entry of the app table fits it.`;
    case 'encrypted-name':
      return record.domain === null
        ? 'the ClientHello carries its name encrypted (ECH or ESNI), and no DNS answer tells it.'
        : `the ClientHello carries its name encrypted (ECH); ${record.domain} is the outer name, not the site.`;
    case 'no-name': {
      const protocol = protocolTitle(record.app_protocol ?? '');
      const proof = proofs.find((one) => one.protocol === record.app_protocol);
      const where = proof === undefined ? '' : ` (packet ${proof.packet})`;
      if (proof?.field.startsWith('ClientHello')) return `the ${protocol} ClientHello${where} names no host.`;
      if (['tls', 'quic', 'dtls'].includes(record.app_protocol ?? '')) {
        return `it speaks ${protocol}${where}, but no whole ClientHello of it is in the capture.`;
      }
      return `it speaks ${protocol}${where}, which names no host here.`;
    }
    case 'no-payload':
      return `none of its packets carries payload${record.tcp_state === null ? '' : ` (TCP state: ${record.tcp_state})`}.`;
    case 'truncated':
      return 'the capture cut the packets short (snap length) before a name could be read.';
    case 'mid-stream':
      return `the capture begins in the middle of it, and none of the ${asked} protocols asked knows the payload.`;
    case 'unsupported-protocol':
      return asked === 0
        ? `${record.protocol} is not inspected.`
        : `none of the ${asked} protocols asked knows the payload.`;
  }
}
