import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConnectionRecord } from '../src/core/report/model.js';
import { analyzeCaptures } from '../src/usecases/analyze/analyze.js';

/**
 * Compares app labels on the reference corpus with nDPI's, for the seventeen apps of the first version:
 *
 *     npx tsx scripts/app-labels.ts             every connection that dpi labels and nDPI does not, by evidence
 *     npx tsx scripts/app-labels.ts --missing   every one that nDPI labels and dpi does not, or labels otherwise
 *     npx tsx scripts/app-labels.ts --summary   counts by app and evidence, as in docs/fidelity.md
 *     npx tsx scripts/app-labels.ts --parts     counts by nDPI's labels for parts of those apps
 */
const CORPUS = new URL('../../shared/corpus/', import.meta.url).pathname;

/** nDPI's labels by the app that they are part of; a label such as `TLS.Teams` counts by its last part listed here. */
const NDPI_LABELS: Readonly<Record<string, string>> = {
  GOOGLE:
    'Google GoogleMaps GoogleMeet GMail GoogleDrive GoogleServices GoogleDocs GoogleClassroom GoogleCloud GoogleChat PlayStore GoogleCall DataSaver Crashlytics',
  YOUTUBE: 'YouTube YouTubeUpload YouTubeKids',
  FACEBOOK: 'Facebook FacebookMessenger Messenger FacebookVoip FacebookReel FbookReelStory',
  INSTAGRAM: 'Instagram',
  WHATSAPP: 'WhatsApp WhatsAppCall WhatsAppFiles',
  TWITTER: 'Twitter',
  NETFLIX: 'NetFlix Netflix',
  AMAZON:
    'Amazon AmazonAWS AmazonVideo AmazonAlexa AWS_API_Gateway AWS_Cognito AWS_DynamoDB AWS_EC2 AWS_EMR AWS_S3 AWS_Kinesis AWS_CloudFront',
  MICROSOFT:
    'Microsoft Microsoft365 Teams Skype_Teams Skype_TeamsCall TeamsCall Azure WindowsUpdate Outlook MS_OneDrive Xbox MSTeams MSTeamsCall',
  APPLE: 'Apple AppleiCloud AppleiTunes AppleStore ApplePush iCloudPrivateRelay AppleSiri AppleTVPlus',
  TELEGRAM: 'Telegram TelegramVoip',
  TIKTOK: 'TikTok',
  SPOTIFY: 'Spotify',
  ZOOM: 'Zoom',
  DISCORD: 'Discord',
  GITHUB: 'Github GitHub',
  CLOUDFLARE: 'Cloudflare CloudflareWarp',
};
/** The part that a label of nDPI's stands for. */
const PART_OF_LABEL: Readonly<Record<string, string>> = {
  Teams: 'TEAMS',
  TeamsCall: 'TEAMS',
  Skype_Teams: 'TEAMS SKYPE',
  Skype_TeamsCall: 'TEAMS SKYPE',
  Microsoft365: 'OFFICE365',
  Outlook: 'OUTLOOK',
  MS_OneDrive: 'ONEDRIVE',
  Azure: 'AZURE',
  WindowsUpdate: 'WINDOWS_UPDATE',
  Xbox: 'XBOX',
  GMail: 'GMAIL',
  GoogleDocs: 'GOOGLE_DRIVE',
  GoogleDrive: 'GOOGLE_DRIVE',
  GoogleMaps: 'GOOGLE_MAPS',
  GoogleMeet: 'GOOGLE_MEET',
  GoogleCall: 'GOOGLE_MEET',
  GoogleCloud: 'GOOGLE_CLOUD',
  PlayStore: 'GOOGLE_PLAY',
  AppleiCloud: 'ICLOUD',
  AppleiTunes: 'APP_STORE',
  AppleStore: 'APP_STORE',
  ApplePush: 'APPLE_PUSH',
  AppleSiri: 'SIRI',
  AppleTVPlus: 'APPLE_TV',
  AmazonAWS: 'AWS',
  AmazonVideo: 'PRIME_VIDEO',
  AmazonAlexa: 'ALEXA',
  FacebookMessenger: 'MESSENGER',
  Messenger: 'MESSENGER',
  FacebookVoip: 'MESSENGER',
};
const APPS = Object.keys(NDPI_LABELS);
const APP_OF_LABEL = new Map(APPS.flatMap((app) => NDPI_LABELS[app]!.split(' ').map((label) => [label, app] as const)));

interface NdpiFlow {
  p: string;
  src: string;
  sp: number;
  dst: string;
  dp: number;
  label: string;
  host: string | null;
}

interface Row {
  capture: string;
  connection: ConnectionRecord;
  /** Of the seventeen, or null. */
  ours: string | null;
  theirs: string | null;
  label: string;
}

function appOf(label: string): string | null {
  const part = label.split('.').findLast((one) => APP_OF_LABEL.has(one));
  return part === undefined ? null : APP_OF_LABEL.get(part)!;
}

/** The same for both directions. */
function flowKey(protocol: string, ...ends: readonly (readonly [address: string, port: number])[]): string {
  const texts = ends.map(([address, port]) => `${address} ${port}`).sort();
  return [protocol.toUpperCase(), ...texts].join(' ');
}

async function rowsOf(file: string): Promise<Row[]> {
  const truth = join(CORPUS, 'truth.ndpi', `${file.split('.')[0]}.json`);
  if (!existsSync(truth)) return [];
  const { path, flows } = JSON.parse(readFileSync(truth, 'utf8')) as { path: string; flows: NdpiFlow[] };
  const connections = new Map<string, ConnectionRecord>();
  await analyzeCaptures([join(CORPUS, 'captures', file)], {
    onConnection(one) {
      const key = flowKey(one.protocol, [one.src_ip, one.src_port], [one.dst_ip, one.dst_port]);
      if (!connections.has(key)) connections.set(key, one);
    },
  });
  return flows.flatMap(({ p, src, sp, dst, dp, label }) => {
    const connection = connections.get(flowKey(p, [src, sp], [dst, dp]));
    if (connection === undefined) return [];
    const ours = APPS.includes(connection.app_group) ? connection.app_group : null;
    const theirs = appOf(label);
    return ours === null && theirs === null ? [] : [{ capture: path, connection, ours, theirs, label }];
  });
}

/** What the label rests on. */
function evidenceOf({
  detected_by: by,
  domain,
  evidence_match: match,
  app_protocol: protocol,
}: ConnectionRecord): string {
  if (by === 'signature') return match === null ? `signature: ${protocol}` : `signature: call with ${match}`;
  if (by === 'tls' && domain === null) return `certificate: ${match}`;
  return `${by}: ${match}`;
}

function rowText(row: Row): string {
  const { connection: one } = row;
  const flow = `${one.protocol} ${one.src_ip}:${one.src_port} > ${one.dst_ip}:${one.dst_port}`;
  return [
    row.connection.app,
    evidenceOf(one),
    one.confidence,
    one.domain,
    `nDPI ${row.label}`,
    row.capture,
    `packet ${one.evidence_packet}`,
    flow,
  ].join('\t');
}

/** A Markdown table: connections by app and evidence, and those that both label alike. */
function summary(rows: readonly Row[]): string {
  const kinds = ['tls', 'quic', 'http', 'dns', 'dtls', 'certificate', 'dns-answer', 'ip-range', 'signature'];
  const kindOf = (row: Row) => evidenceOf(row.connection).split(':')[0]!;
  const lines = [
    `| app | both | nDPI only | another app | dpi only: ${kinds.join(' | ')} |`,
    `|---|---|---|---|${kinds.map(() => '---|').join('')}`,
  ];
  for (const app of APPS) {
    const both = rows.filter((row) => row.ours === app && row.theirs === app).length;
    const missing = rows.filter((row) => row.theirs === app && row.ours === null).length;
    const other = rows.filter((row) => row.theirs === app && row.ours !== null && row.ours !== app).length;
    const more = rows.filter((row) => row.ours === app && row.theirs === null);
    const counts = kinds.map((kind) => more.filter((row) => kindOf(row) === kind).length || '');
    lines.push(`| ${[app, both, missing || '', other || '', ...counts].join(' | ')} |`);
  }
  return lines.join('\n');
}

/** A Markdown table: of the connections with each of nDPI's labels for a part, how many have the part here. */
function partsSummary(rows: readonly Row[]): string {
  const lines = [
    '| nDPI | connections | dpi: the part | its parent | another app | none |',
    '|---|---|---|---|---|---|',
  ];
  for (const [label, names] of Object.entries(PART_OF_LABEL)) {
    const labelled = rows.filter((row) => row.label.split('.').includes(label));
    if (labelled.length === 0) continue;
    const parts = names.split(' ');
    const isPart = ({ connection }: Row) => parts.includes(connection.app);
    const isParent = ({ connection, theirs }: Row) => connection.app === theirs;
    const others = labelled.filter((row) => !isPart(row) && !isParent(row));
    const named = others.filter(({ connection }) => connection.app !== 'UNKNOWN');
    const apps = [...new Set(named.map(({ connection }) => connection.app))].sort();
    const counts = [
      `${labelled.filter(isPart).length} ${parts.join(', ')}`,
      labelled.filter(isParent).length || '',
      named.length === 0 ? '' : `${named.length} ${apps.join(', ')}`,
      others.length - named.length || '',
    ];
    lines.push(`| ${label} | ${labelled.length} | ${counts.join(' | ')} |`);
  }
  return lines.join('\n');
}

async function main(option: string | undefined): Promise<void> {
  if (!existsSync(CORPUS)) throw new Error(`no corpus at ${CORPUS}`);
  const rows: Row[] = [];
  for (const file of readdirSync(join(CORPUS, 'captures')).sort()) rows.push(...(await rowsOf(file)));
  if (option === '--parts') {
    console.log(partsSummary(rows));
    return;
  }
  if (option === '--summary') {
    console.log(summary(rows));
    return;
  }
  const isMissing = option === '--missing';
  const shown = rows.filter((row) =>
    isMissing ? row.theirs !== null && row.theirs !== row.ours : row.theirs === null,
  );
  const texts = shown.map(rowText).sort();
  console.log(texts.join('\n'));
}

await main(process.argv[2]);
