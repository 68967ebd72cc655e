import { COUNT, type JsonSchema, problems, success, TEXT_OR_NULL } from '../schemas.js';

export const STATS_SCHEMA_VERSION = 1;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

const TAGS = ['statistics'];
const HEAD: Record<string, JsonSchema> = {
  schema_version: { const: STATS_SCHEMA_VERSION },
  since: { type: 'string', format: 'date-time', description: 'When the server started; sums begin here.' },
};

const SUMS: Record<string, JsonSchema> = {
  total_packets: COUNT,
  total_bytes: { ...COUNT, description: 'Bytes on the wire.' },
  forwarded_packets: COUNT,
  dropped_packets: {
    ...COUNT,
    description: 'Packets that rules dropped, or would have dropped in an analyzed capture.',
  },
  tcp_packets: COUNT,
  udp_packets: COUNT,
  other_packets: { ...COUNT, description: 'Neither TCP nor UDP.' },
  total_connections: COUNT,
};

function counts(description: string, properties: Record<string, JsonSchema>): JsonSchema {
  return success(description, properties);
}

export const STATS = {
  operationId: 'stats',
  tags: TAGS,
  summary: 'Show totals since the server started',
  description:
    'The sums at the top are those of `ingest` and `analyzed` together. Filtered captures are counted separately: a ' +
    'capture that is analyzed and then filtered would count twice.',
  response: {
    200: success('The sums.', {
      ...HEAD,
      ...SUMS,
      app_breakdown: {
        type: 'object',
        additionalProperties: COUNT,
        description: 'Packets by app; their sum is `total_packets`.',
      },
      app_group_breakdown: {
        type: 'object',
        additionalProperties: COUNT,
        description: 'The same with parts added to the app that they belong to (TEAMS to MICROSOFT).',
      },
      ingest: counts('Events of `POST /ingest`.', {
        ...SUMS,
        open_connections: COUNT,
        open_streams: { ...COUNT, description: 'Requests whose events arrive as a stream, now.' },
        bad_events: { ...COUNT, description: 'Malformed events; they count nowhere else.' },
      }),
      analyzed: counts('Captures of `POST /analyze`.', { captures: COUNT, ...SUMS }),
      filtered: counts('Captures of `POST /filter`.', {
        captures: COUNT,
        total_packets: COUNT,
        total_bytes: COUNT,
        kept_packets: COUNT,
        dropped_packets: COUNT,
      }),
    }),
    ...problems(400),
  },
};

export const STATS_APPS = {
  operationId: 'statsByApp',
  tags: TAGS,
  summary: 'Show totals by app',
  description: 'Events and analyzed captures, most bytes first.',
  response: {
    200: success('The apps.', {
      ...HEAD,
      apps: {
        type: 'array',
        items: counts('An app.', {
          app: { type: 'string' },
          app_group: { type: 'string' },
          category: TEXT_OR_NULL,
          connections: COUNT,
          packets: COUNT,
          bytes: COUNT,
        }),
      },
    }),
    ...problems(400),
  },
};

export const STATS_CONNECTIONS = {
  operationId: 'connections',
  tags: TAGS,
  summary: 'List the connections of ingested events',
  description:
    'Open connections and the last 10,000 that ended, newest first. Connections of uploads are in their reports. ' +
    'Members are those of the report (`schema/report.schema.json`); `live` is true for open connections.',
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      limit: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
      cursor: { type: 'integer', minimum: 1, description: '`next_cursor` of the previous page.' },
    },
  },
  response: {
    200: success('A page of the connections.', {
      ...HEAD,
      total: { ...COUNT, description: 'Number of connections on all pages.' },
      connections: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: true,
          required: ['id', 'protocol', 'src_ip', 'src_port', 'dst_ip', 'dst_port', 'packets', 'bytes', 'app', 'live'],
          properties: {
            id: COUNT,
            protocol: { type: 'string' },
            src_ip: { type: 'string' },
            src_port: COUNT,
            dst_ip: { type: 'string' },
            dst_port: COUNT,
            packets: COUNT,
            bytes: COUNT,
            domain: TEXT_OR_NULL,
            app: { type: 'string' },
            detected_by: TEXT_OR_NULL,
            blocked: { type: 'boolean' },
            blocked_by: TEXT_OR_NULL,
            live: { type: 'boolean' },
          },
        },
      },
      next_cursor: {
        type: ['integer', 'null'],
        description: 'Cursor of the next page; null on the last one.',
      },
    }),
    ...problems(400),
  },
};
