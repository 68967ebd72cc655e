import { type JsonSchema, problems } from '../schemas.js';

const TAGS = ['captures'];
const FILE: JsonSchema = {
  type: 'object',
  required: ['file'],
  properties: { file: { type: 'string', format: 'binary', description: 'pcap or pcapng, also in gzip or zstd.' } },
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
    (['ip', 'domain', 'app', 'port'] as const).map((type): [string, JsonSchema] => [
      `${verb}_${type}`,
      list(`${verb === 'block' ? 'Block' : 'Never block'} this ${type}, for this request only.`),
    ]),
  ),
);

const COMMON: Record<string, JsonSchema> = {
  name: { type: 'string', minLength: 1, maxLength: 255, description: 'What the report calls the capture.' },
  ...RULES,
  stored_rules: { type: 'boolean', default: true, description: 'Whether the rules of the store are in force.' },
};

function list(description: string): JsonSchema {
  return { type: 'array', items: { type: 'string' }, description };
}

function query(properties: Record<string, JsonSchema>): JsonSchema {
  return { type: 'object', properties: { ...properties, ...COMMON } };
}

/** `UploadQuery` checks the parameters, in words of its own; these schemas are for readers. */
export const validatorCompiler = () => () => true;

const PROBLEMS = problems(400, 408, 413, 415, 422, 507);

export const ANALYZE = {
  operationId: 'analyze',
  tags: TAGS,
  summary: 'Analyze a capture',
  description: 'Answers with what `dpi analyze --json` prints (`schema/report.schema.json`). `/stats` counts it in.',
  body: BODY,
  querystring: query({
    format: { type: 'string', enum: ['json', 'ndjson', 'csv', 'table'], default: 'json' },
    top: { type: 'integer', minimum: 1, default: 10, description: 'Rows in each list of the table.' },
    fail_on: list('What the report lists as findings: `blocked`, `app:NAME`, `domain:NAME`.'),
  }),
  response: {
    200: {
      description: 'The report.',
      content: {
        'application/json': { schema: { type: 'object', additionalProperties: true } },
        'application/x-ndjson': { schema: { type: 'string' } },
        'text/csv': { schema: { type: 'string' } },
        'text/plain': { schema: { type: 'string' } },
      },
    },
    ...PROBLEMS,
  },
};

export const FILTER = {
  operationId: 'filter',
  tags: TAGS,
  summary: 'Filter a capture',
  description:
    'Answers with the capture without what the rules drop, byte for byte what `dpi filter` writes; the counts are in ' +
    'headers. `keep_…` picks whole connections instead, and goes with no other rules.',
  body: BODY,
  querystring: query({
    mode: { type: 'string', enum: ['inline', 'flow'], default: 'inline' },
    summary: {
      type: 'string',
      enum: ['headers', 'only'],
      default: 'headers',
      description: '"only": no capture but JSON.',
    },
    keep_ip: list('Keep only this address or prefix.'),
    keep_domain: list('Keep only this site.'),
    keep_app: list('Keep only this app.'),
    keep_port: list('Keep only this port.'),
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
