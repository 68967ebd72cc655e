import type { ConnectionRecord } from '../../core/report/model.js';
import type { NamePlace } from '../../core/report/name-bytes.js';
import { hexLines } from '../data/hex-lines.js';
import { usePage } from './page-context.js';

const PLACES: Readonly<Record<NamePlace, string>> = {
  frame: '',
  joined: 'joined from several packets; the last is',
  decrypted: 'decrypted from a QUIC Initial of',
};

/** The bytes that prove the connection's label, or why the page does not have them. */
export function NameBytesView({ c, row }: { c: ConnectionRecord; row: number }) {
  const { data } = usePage();
  const bytes = data.nameBytes(row);
  if (bytes === null) {
    return (
      <>
        <h3>Bytes</h3>
        <p class="note">{absence(c, data.payload)}</p>
      </>
    );
  }
  const isProof = bytes.markEnd > bytes.markStart;
  const packet = c.evidence_packet === bytes.packet ? (c.evidence_frame ?? bytes.packet) : bytes.packet;
  const where = [PLACES[bytes.place], packet === null ? '' : `packet ${packet}`].filter(Boolean).join(' ');
  return (
    <>
      <h3>
        {isProof ? 'Bytes of the name' : 'First bytes of the message'}
        {where === '' ? '' : `, ${where}`}
      </h3>
      <pre class="bytes">
        {hexLines(bytes).map(({ offset, runs, missing }, i) => (
          <span key={offset || i}>
            {offset === '' ? '' : <span class="faint">{offset} </span>}
            {runs.map(({ isName, hex }, n) => (
              <span key={n}>
                {n > 0 && ' '}
                {isName ? <mark>{hex}</mark> : hex}
              </span>
            ))}
            {' '.repeat(missing * 3 + 2)}
            {runs.map(({ isName, text }, n) => (isName ? <mark key={n}>{text}</mark> : <span key={n}>{text}</span>))}
            {'\n'}
          </span>
        ))}
      </pre>
      {!isProof && c.detected_by !== null && c.evidence_packet === null && (
        <p class="note">{`They show the protocol. The label comes from ${OTHER_PROOFS[c.detected_by] ?? 'elsewhere'}.`}</p>
      )}
    </>
  );
}

const OTHER_PROOFS: Readonly<Record<string, string>> = {
  'dns-answer': 'a DNS answer to the client',
  'ip-range': 'the address of the server',
};

function absence(c: ConnectionRecord, payload: ReturnType<typeof usePage>['data']['payload']): string {
  if (payload.isRedacted) return 'A page with addresses replaced holds no bytes of the capture.';
  if (payload.parts !== null) return 'The page of a batch run holds no bytes; the command below shows them.';
  if (payload.nameBytes === null) return 'This page holds no bytes of the capture.';
  const other = OTHER_PROOFS[c.detected_by ?? ''];
  if (other !== undefined) return `The label comes from ${other}; the command below shows it.`;
  if (c.evidence_packet === null) return 'No byte of the connection shows a name or a protocol.';
  return 'The name does not lie in one place as it is; the command below shows where.';
}
