import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureBuilt, runDpi } from '../support/run-cli.js';

const ROOT = resolve(import.meta.dirname, '../..');
const DEMO = join(ROOT, 'samples/demo.pcap');
const folder = mkdtempSync(join(tmpdir(), 'dpi-logs-'));
beforeAll(ensureBuilt);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Fields as the script reference of Zeek 7 lists them (docs.zeek.org, base/protocols/…/main.zeek, `&log`). */
const ID = 'ts uid id.orig_h id.orig_p id.resp_h id.resp_p';
const ZEEK: Readonly<Record<string, string>> = {
  conn: `${ID} proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history
    orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents ip_proto community_id`,
  dns: `${ID} proto trans_id rtt query qclass qclass_name qtype qtype_name rcode rcode_name AA TC RD RA Z answers TTLs
    rejected community_id`,
  http: `${ID} trans_depth method host uri referrer version user_agent origin request_body_len response_body_len
    status_code status_msg info_code info_msg tags username password proxied orig_fuids orig_filenames orig_mime_types
    resp_fuids resp_filenames resp_mime_types community_id`,
  quic: `${ID} version client_initial_dcid client_scid server_scid server_name client_protocol history community_id`,
  ssl: `${ID} version cipher curve server_name resumed last_alert next_protocol established ssl_history cert_chain_fps
    client_cert_chain_fps sni_matches_cert community_id ja3 ja4`,
};
/** Types of Zeek's fields that are no strings; a field has the same in all logs. */
const ZEEK_TYPES: Readonly<Record<string, string>> = {
  time: 'ts',
  addr: 'id.orig_h id.resp_h',
  port: 'id.orig_p id.resp_p',
  enum: 'proto',
  interval: 'duration rtt',
  count: `orig_bytes resp_bytes missed_bytes orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes ip_proto trans_id qclass qtype
    rcode Z trans_depth request_body_len response_body_len status_code info_code`,
  bool: 'local_orig local_resp AA TC RD RA rejected resumed established sni_matches_cert',
  'set[string]': 'tunnel_parents proxied',
  'set[enum]': 'tags',
  'vector[interval]': 'TTLs',
  'vector[string]': `answers orig_fuids orig_filenames orig_mime_types resp_fuids resp_filenames resp_mime_types
    cert_chain_fps client_cert_chain_fps`,
};
/** Keys as the EVE index of Suricata 8 lists them (docs.suricata.io, appendix "EVE Index"). */
const EVE_COMMON =
  'timestamp flow_id event_type vlan src_ip src_port dest_ip dest_port proto ip_v community_id app_proto tcp';
const EVE: Readonly<Record<string, string>> = {
  flow: 'pkts_toserver pkts_toclient bytes_toserver bytes_toclient start end age state reason alerted',
  tls: 'subject issuerdn serial fingerprint sni version notbefore notafter subjectaltname ja3 ja3s ja4 client_alpns',
  dns: 'version type id tx_id rrname rrtype rcode flags qr rd ra answers grouped queries',
  http: 'hostname url http_user_agent http_content_type http_method protocol status length http_port',
  quic: 'version sni ua ja3 ja3s ja4 cyu extensions',
};
/** Types of EVE's keys that are no strings, as etc/schema.json of Suricata has them. */
const EVE_TYPES: Readonly<Record<string, string>> = {
  number: `flow_id src_port dest_port ip_v pkts_toserver pkts_toclient bytes_toserver bytes_toclient age tx_id
    dns.version`,
  object: 'vlan tcp flow tls dns http quic subjectaltname ja3',
};
const typeIn = (types: Readonly<Record<string, string>>, key: string) =>
  Object.keys(types).find((type) => words(types[type]!).includes(key)) ?? 'string';
const words = (text: string) => text.split(/\s+/);

const jq = (...args: string[]) => spawnSync('jq', args, { encoding: 'utf8' });

async function zeek(format: string, capture = DEMO): Promise<string> {
  const out = mkdtempSync(join(folder, 'zeek-'));
  const { stderr, exitCode } = await runDpi(['analyze', capture, '--format', format, '-o', out], { encoding: 'utf8' });
  expect([stderr, exitCode]).toEqual(['', 0]);
  return out;
}

/** The rows of a log of tab-separated values. */
function rowsOf(path: string): Record<string, string>[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const fields = lines
    .find((line) => line.startsWith('#fields'))!
    .split('\t')
    .slice(1);
  const types = lines.find((line) => line.startsWith('#types'))!.split('\t');
  expect(types).toHaveLength(fields.length + 1);
  return lines
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const values = line.split('\t');
      expect(values).toHaveLength(fields.length);
      return Object.fromEntries(fields.map((field, i) => [field, values[i]!]));
    });
}

describe('--format zeek', () => {
  it("writes Zeek's documented fields, in their order", async () => {
    const out = await zeek('zeek');
    expect(readdirSync(out).sort()).toEqual(['conn.log', 'dns.log', 'http.log', 'quic.log', 'ssl.log']);
    for (const [log, fields] of Object.entries(ZEEK)) {
      const rows = rowsOf(join(out, `${log}.log`));
      expect(Object.keys(rows[0]!)).toEqual(words(fields));
      expect(rows.every((row) => /^C[0-9A-Za-z]{17}$/.test(row.uid!) && row.community_id!.startsWith('1:'))).toBe(true);
    }
  });

  it("writes the types of Zeek's fields", async () => {
    const out = await zeek('zeek');
    for (const [log, fields] of Object.entries(ZEEK)) {
      const types = readFileSync(join(out, `${log}.log`), 'utf8').match(/^#types\t(.*)$/m)![1]!;
      expect(types.split('\t')).toEqual(words(fields).map((field) => typeIn(ZEEK_TYPES, field)));
    }
  });

  it('gives a connection the same uid in all logs, and one of its own', async () => {
    const out = await zeek('zeek');
    const connections = rowsOf(join(out, 'conn.log'));
    expect(new Set(connections.map(({ uid }) => uid)).size).toBe(53);
    const byUid = new Map(connections.map((row) => [row.uid, row]));
    for (const log of ['dns', 'http', 'quic', 'ssl']) {
      for (const row of rowsOf(join(out, `${log}.log`))) {
        const connection = byUid.get(row.uid)!;
        expect([row['id.orig_h'], row['id.orig_p'], row.ts]).toEqual([
          connection['id.orig_h'],
          connection['id.orig_p'],
          connection.ts,
        ]);
        expect(connection.service).toContain(log === 'ssl' && connection.service !== 'ssl' ? 'quic' : log);
      }
    }
  });

  it('writes the same as JSON, which jq reads', async () => {
    const tabbed = rowsOf(join(await zeek('zeek'), 'ssl.log'));
    const out = await zeek('zeek-json');
    for (const log of Object.keys(ZEEK)) {
      const { status, stdout } = jq('-s', '[.[] | keys[]] | unique', join(out, `${log}.log`));
      expect(status).toBe(0);
      for (const key of JSON.parse(stdout)) expect(words(ZEEK[log]!)).toContain(key);
    }
    const names = jq('-r', '.server_name // "-"', join(out, 'ssl.log')).stdout.trimEnd().split('\n');
    expect(names).toEqual(tabbed.map(({ server_name }) => server_name));
  });

  it('asks for a folder', async () => {
    const { stderr, exitCode } = await runDpi(['analyze', DEMO, '--format', 'zeek'], { encoding: 'utf8' });
    expect([stderr, exitCode]).toEqual(['dpi: --format zeek writes several files: -o names the folder for them\n', 2]);
  });
});

describe('--format eve', () => {
  it("writes events with Suricata's documented keys", async () => {
    const out = join(folder, 'eve.json');
    const { exitCode } = await runDpi(['analyze', DEMO, '--format', 'eve', '-o', out]);
    expect(exitCode).toBe(0);
    const { status, stdout } = jq('-c', '.', out);
    expect(status).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const counts: Record<string, number> = {};
    for (const event of events) {
      const type: string = event.event_type;
      counts[type] = (counts[type] ?? 0) + 1;
      for (const key of Object.keys(event)) expect([...words(EVE_COMMON), type]).toContain(key);
      for (const key of Object.keys(event[type])) expect(words(EVE[type]!)).toContain(key);
      for (const [key, value] of Object.entries(event))
        expect([key, typeof value]).toEqual([key, typeIn(EVE_TYPES, key)]);
      for (const [key, value] of Object.entries(event[type])) {
        const name = type === 'dns' && key === 'version' ? 'dns.version' : key;
        expect([type, key, typeof value]).toEqual([type, key, typeIn(EVE_TYPES, name)]);
      }
      expect(event.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+0000$/);
      expect(Number.isSafeInteger(event.flow_id)).toBe(true);
      expect(event.community_id).toMatch(/^1:/);
    }
    expect(counts).toEqual({ flow: 53, dns: 32, http: 2, quic: 6, tls: 12 });
    const flows = new Set(events.filter(({ event_type }) => event_type === 'flow').map(({ flow_id }) => flow_id));
    expect(flows.size).toBe(53);
    expect(events.every(({ flow_id }) => flows.has(flow_id))).toBe(true);
  });
});
