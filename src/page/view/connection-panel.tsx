import { useEffect, useRef } from 'preact/hooks';
import { displayFilter } from '../../core/explain/display-filter.js';
import type { ConnectionRecord } from '../../core/report/model.js';
import { reasonText } from '../../render/reason-text.js';
import { safeText } from '../../render/safe-text.js';
import { explainCommand } from '../data/command.js';
import { only } from '../data/selection.js';
import { CopyButton } from './copy-button.js';
import { NameBytesView } from './name-bytes.js';
import { usePage } from './page-context.js';

type Entry = readonly [title: string, value: string, exact?: string];

/** All about one connection, and what to do with it in other tools. */
export function ConnectionPanel() {
  const { data, connection, open } = usePage();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (connection !== null) heading.current?.focus();
  }, [connection]);
  if (connection === null) return null;
  const row = data.numbers('id').indexOf(connection);
  return (
    <aside class="details" aria-labelledby="details-title">
      <div class="panel-head">
        <h2 id="details-title" tabIndex={-1} ref={heading}>
          Connection {connection}
        </h2>
        <div class="actions">
          <button type="button" onClick={() => open(null)}>
            Close
          </button>
        </div>
      </div>
      {row < 0 ? (
        <p class="note">This report does not list it one by one.</p>
      ) : (
        <Details c={data.record(row)} row={row} />
      )}
    </aside>
  );
}

function Details({ c, row }: { c: ConnectionRecord; row: number }) {
  const { data, texts, selection, select } = usePage();
  const first = c.first_frame ?? c.first_packet;
  const last = c.last_frame ?? c.last_packet;
  const filter = displayFilter(c, first === null || last === null ? null : { first, last });
  const command = explainCommand(data, c.id);
  const showOnly = (kind: 'host' | 'label' | 'domain', value: string) => select(only(selection, kind, value));
  return (
    <>
      <p class="ends">
        {safeText(c.protocol)} <b>{end(c.src_ip, c.src_port)}</b> → <b>{end(c.dst_ip, c.dst_port)}</b>
      </p>
      <p class="only">
        Only:{' '}
        {[c.src_ip, c.dst_ip].map((address) => (
          <button type="button" key={address} onClick={() => showOnly('host', address)}>
            {safeText(address)}
          </button>
        ))}
        <button type="button" onClick={() => showOnly('label', c.label)}>
          {safeText(c.label)}
        </button>
        {c.domain !== null && (
          <button type="button" onClick={() => showOnly('domain', c.domain ?? '')}>
            {safeText(c.domain)}
          </button>
        )}
      </p>
      <Entries title="Label" entries={labelEntries(c)} />
      <NameBytesView c={c} row={row} />
      <Entries title="Traffic" entries={trafficEntries(c, texts)} />
      <Entries title="Quality" entries={qualityEntries(c, texts)} />
      <Entries title="Handshake" entries={handshakeEntries(c, texts)} />
      <h3>In other tools</h3>
      <dl class="entries">
        {!data.payload.isRedacted && (
          <>
            <dt>
              Wireshark <CopyButton text={filter} label="the display filter of Wireshark" />
            </dt>
            <dd>
              <code>{safeText(filter)}</code>
            </dd>
          </>
        )}
        {c.community_id !== null && (
          <>
            <dt>
              Community ID <CopyButton text={c.community_id} label="the Community ID" />
            </dt>
            <dd>
              <code>{safeText(c.community_id)}</code>
            </dd>
          </>
        )}
        <dt>
          Byte by byte <CopyButton text={command} label="the command" />
        </dt>
        <dd>
          <code>{safeText(command)}</code>
        </dd>
      </dl>
    </>
  );
}

function Entries({ title, entries }: { title: string; entries: readonly Entry[] }) {
  if (entries.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <dl class="entries">
        {entries.map(([name, value, exact]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd title={exact}>{safeText(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

type Texts = ReturnType<typeof usePage>['texts'];

/** Entries with a value. */
function present(entries: readonly (Entry | false | null)[]): Entry[] {
  return entries.filter((entry) => entry !== false && entry !== null);
}

function labelEntries(c: ConnectionRecord): Entry[] {
  const names = [...new Set(c.domains)].join(', ');
  return present([
    ['Label', c.label],
    names !== '' && ['Names', names],
    c.app_protocol !== null && ['Protocol', c.app_protocol],
    c.detected_by !== null && ['Known by', `${c.detected_by}${c.confidence === null ? '' : `, ${c.confidence}`}`],
    c.evidence_packet !== null && ['Proof', `packet ${c.evidence_frame ?? c.evidence_packet}`],
    c.evidence_match !== null && ['Entry of the app list', c.evidence_match],
    c.unknown_reason !== null && ['No app', reasonText(c.unknown_reason)],
    c.cname_targets.length > 0 && ['Leads to', c.cname_targets.join(' → ')],
    c.techniques.length > 0 && ['Evasion', c.techniques.join(', ')],
    c.blocked && ['Blocked by', `${c.blocked_by ?? ''}, from packet ${c.blocked_at_packet ?? '–'}`],
  ]);
}

function trafficEntries(c: ConnectionRecord, texts: Texts): Entry[] {
  const way = (bytes: number, packets: number) => `${texts.bytes(bytes)} in ${texts.plural(packets, 'packet')}`;
  return present([
    ['Sent', way(c.bytes_out, c.packets_out), texts.exactBytes(c.bytes_out)],
    ['Received', way(c.bytes_in, c.packets_in), texts.exactBytes(c.bytes_in)],
    ['Begin', texts.exactTime(c.first_seen)],
    ['Duration', texts.duration(c.last_seen - c.first_seen), `${(c.last_seen - c.first_seen).toFixed(6)} s`],
    c.first_packet !== null && ['Packets', `${c.first_frame ?? c.first_packet} to ${c.last_frame ?? c.last_packet}`],
    c.vlan !== null && ['VLAN', c.vlan],
    c.network !== null && ['Overlay network', c.network],
  ]);
}

function qualityEntries(c: ConnectionRecord, texts: Texts): Entry[] {
  const counts: readonly (readonly [string, number | null])[] = [
    ['Retransmitted', c.retransmitted_packets],
    ['Out of order', c.out_of_order_packets],
    ['Lost segments', c.lost_segments],
    ['Duplicate ACKs', c.duplicate_acks],
    ['Zero windows', c.zero_windows],
  ];
  return present([
    c.tcp_state !== null && ['State', c.tcp_state],
    c.tcp_outcome !== null && ['SYN', c.tcp_outcome],
    c.reset_by !== null && ['Reset by', `the ${c.reset_by}`],
    c.rtt_ms !== null && ['Round trip', texts.millis(c.rtt_ms), `${c.rtt_ms} ms`],
    c.answer_ms !== null && ['First answer', texts.millis(c.answer_ms), `${c.answer_ms} ms`],
    ...counts.map(([name, count]) => count !== null && count > 0 && ([name, texts.count(count)] as const)),
  ]);
}

function handshakeEntries(c: ConnectionRecord, texts: Texts): Entry[] {
  const certificate = [
    c.is_cert_expired && 'expired',
    c.is_cert_name_mismatch && 'for another name',
    c.is_cert_self_signed && 'self-signed',
  ].filter(Boolean);
  return present([
    c.tls_version !== null && ['TLS', c.tls_version],
    c.quic_version !== null && ['QUIC', c.quic_version],
    c.alpn !== null && ['ALPN', c.alpn],
    c.tls_cipher !== null && ['Cipher', c.tls_cipher],
    c.tls_group !== null && ['Key exchange', `${c.tls_group}${c.is_post_quantum ? ', post-quantum' : ''}`],
    c.ech && ['Encrypted ClientHello', 'offered'],
    c.cert_names.length > 0 && ['Certificate', c.cert_names.join(', ')],
    c.cert_issuer !== null && ['Issuer', c.cert_issuer],
    c.cert_not_after !== null && ['Valid until', texts.day(c.cert_not_after)],
    certificate.length > 0 && ['Certificate is', certificate.join(', ')],
    c.tls_alerts.length > 0 && ['Alerts', c.tls_alerts.join(', ')],
    c.is_handshake_failed && ['Handshake', 'failed'],
    c.ja4 !== null && ['JA4', c.ja4],
    c.ja3 !== null && ['JA3', c.ja3],
  ]);
}

function end(address: string, port: number): string {
  const text = safeText(address);
  if (port === 0) return text;
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`;
}
