import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { type JsonSchema, problems } from '../schemas.js';

/** Maximum number of rows in a list of the table: each row of connections is kept in memory. */
export const MAX_TOP = 10_000;

const TAGS = ['captures'];
const FILE: JsonSchema = {
  type: 'object',
  required: ['file'],
  properties: {
    file: { type: 'string', format: 'binary', description: 'pcap or pcapng, optionally compressed with gzip, zstd or lz4.' },
  },
};
const BYTES: JsonSchema = { type: 'string', format: 'binary' };

const BODY: JsonSchema = {
  content: {
    'multipart/form-data': { schema: FILE },
    'application/octet-stream': { schema: BYTES },
  },
};

const RULES: Record<string, JsonSchema> = Object.fromEntries(
  (['block', 'allow'] as const).flatMap((verb) =>
    RULE_TYPES.map((type): [string, JsonSchema] => [
      `${verb}_${type}`,
      list(`${verb === 'block' ? 'Block' : 'Never block'} this ${type}, for this request only.`),
    ]),
  ),
);

const COMMON: Record<string, JsonSchema> = {
  name: { type: 'string', minLength: 1, maxLength: 255, description: 'Name of the capture in the report.' },
  ...RULES,
  ignore_vlan: {
    type: 'boolean',
    default: false,
    description: 'Take the same addresses and ports in two VLANs or overlay networks for one connection.',
  },
  follow_cname: {
    type: 'boolean',
    default: false,
    description: 'Let domain rules also match the names that DNS answers lead to (CNAME).',
  },
  stored_rules: { type: 'boolean', default: true, description: 'Apply the stored rules too.' },
  on_limit: {
    enum: ['allow', 'block'],
    default: 'allow',
    description: 'What to do with connections that a limit left partly unread.',
  },
};

function list(description: string): JsonSchema {
  return { type: 'array', items: { type: 'string' }, description };
}

function query(properties: Record<string, JsonSchema>): JsonSchema {
  return { type: 'object', properties: { ...properties, ...COMMON } };
}

/** `UploadQuery` validates the parameters; the schemas only document them. */
export const validatorCompiler = () => () => true;

/** Most connections that one request explains. */
export const MAX_EXPLANATIONS = 1000;

const SELECTION: Record<string, JsonSchema> = {
  app: list('Only connections of this app.'),
  domain: list('Only this domain and its subdomains; `=name` without, `*.name` only those.'),
  host: list('Only this address at either end, or exactly this host name.'),
  net: list('Only addresses of this prefix at either end.'),
  port: list('Only this responder port: `443`, `6881-6889`, `udp/443`.'),
  proto: list('Only this protocol: `tcp`, `quic`, `dns`.'),
  category: list('Only apps of this category.'),
  vlan: list('Only this VLAN ID.'),
  since: { type: 'string', description: 'Active at this time or later: `10s` after the begin, or ISO 8601.' },
  until: { type: 'string', description: 'Active at this time or earlier.' },
  where: { type: 'string', description: 'An expression, as `--where` takes it: `bytes > 1M and label == YOUTUBE`.' },
};

const JSON_ANSWER: JsonSchema = { type: 'object', additionalProperties: true };

const PROBLEMS = problems(400, 408, 413, 415, 422, 504, 507);

export const ANALYZE = {
  operationId: 'analyze',
  tags: TAGS,
  summary: 'Analyze a capture',
  description: 'Returns what `dpi analyze --json` prints (`schema/report.schema.json`). `/stats` counts the packets.',
  body: BODY,
  querystring: query({
    format: { type: 'string', enum: ['json', 'ndjson', 'csv', 'html', 'table'], default: 'json' },
    redact: {
      type: 'boolean',
      default: false,
      description: 'With `format=html`: replace addresses, leave out MAC addresses and names of hosts.',
    },
    upload: { type: 'string', description: 'An id of your choice, for which `/uploads/ID` tells the progress.' },
    top: { type: 'integer', minimum: 1, maximum: MAX_TOP, default: 10, description: 'Rows per list of the table.' },
    fail_on: list(
      'Conditions to report as findings: `blocked`, `app:NAME`, `domain:NAME`, `category:NAME`, `proto:NAME`, ' +
        '`ip:ADDRESS`, `port:PORT`, `tls:<1.2`.',
    ),
    only: list('All that the capture may show, in the same form; other connections are a finding.'),
    ...SELECTION,
  }),
  response: {
    200: {
      description: 'The report.',
      content: {
        'application/json': { schema: { type: 'object', additionalProperties: true } },
        'application/x-ndjson': { schema: { type: 'string' } },
        'text/csv': { schema: { type: 'string' } },
        'text/html': { schema: { type: 'string' } },
        'text/plain': { schema: { type: 'string' } },
      },
    },
    ...PROBLEMS,
    ...problems(409),
  },
};

export const FILTER = {
  operationId: 'filter',
  tags: TAGS,
  summary: 'Filter a capture',
  description:
    'Returns the capture without the packets that the rules drop, byte for byte what `dpi filter` writes; the counts ' +
    'are in headers. `keep_…` keeps whole connections instead and can not be combined with other rules; with `invert` ' +
    'it drops them and keeps everything else.',
  body: BODY,
  querystring: query({
    mode: { type: 'string', enum: ['inline', 'flow'], default: 'inline' },
    summary: {
      type: 'string',
      enum: ['headers', 'only'],
      default: 'headers',
      description: '"only" returns the summary as JSON instead of the capture.',
    },
    keep_ip: list('Keep only this address or prefix.'),
    ...Object.fromEntries(Object.entries(SELECTION).map(([name, schema]) => [`keep_${name}`, schema])),
    invert: { type: 'boolean', default: false, description: 'Drop what `keep_…` picks, and keep everything else.' },
  }),
  response: {
    200: {
      description: 'The filtered capture; with `summary=only` the summary (`schema/filter.schema.json`).',
      content: {
        'application/vnd.tcpdump.pcap': { schema: BYTES },
        'application/x-pcapng': { schema: BYTES },
        'application/json': { schema: { type: 'object', additionalProperties: true } },
      },
    },
    ...PROBLEMS,
  },
};

export const TEST_RULES = {
  operationId: 'testRules',
  tags: ['rules'],
  summary: 'Say what the rules would not stop',
  description: 'Returns what `dpi rules test --json` prints for the capture (`schema/policy.schema.json`).',
  body: BODY,
  querystring: query({ fail_on: list('Conditions to report as findings: `escaped`, `escaped:APP`, `hidden`.') }),
  response: {
    200: { description: 'The result.', content: { 'application/json': { schema: JSON_ANSWER } } },
    ...PROBLEMS,
  },
};

export const EXPLAIN = {
  operationId: 'explain',
  tags: TAGS,
  summary: 'Explain labels byte by byte',
  description: 'Returns what `dpi analyze --explain WHAT --json` prints (`schema/explanation.schema.json`).',
  body: BODY,
  querystring: query({
    what: {
      type: 'string',
      description: "A connection's id, a packet (`#86`), an address with or without port, a host, an app, a protocol.",
    },
    top: { type: 'integer', minimum: 1, maximum: MAX_EXPLANATIONS, default: 10, description: 'Most connections.' },
    ...SELECTION,
  }),
  response: {
    200: { description: 'The explanations.', content: { 'application/json': { schema: JSON_ANSWER } } },
    ...PROBLEMS,
  },
};
