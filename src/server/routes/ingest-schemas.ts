import { COUNT, type JsonSchema, problems, TEXT_OR_NULL } from '../schemas.js';

const PORT: JsonSchema = { type: ['integer', 'null'], minimum: 0, maximum: 65_535 };

export const EVENT_SCHEMA: JsonSchema = {
  $id: 'Event',
  type: 'object',
  description: 'One packet as somebody else saw it. Further keys are passed over.',
  required: ['tuple', 'size'],
  properties: {
    tuple: {
      type: 'object',
      required: ['src_ip', 'dst_ip', 'protocol'],
      properties: {
        src_ip: { type: 'string' },
        dst_ip: { type: 'string' },
        src_port: { ...PORT, description: 'Needed where the protocol has ports.' },
        dst_port: PORT,
        protocol: { type: ['string', 'integer'], description: 'A name in any case, or an IANA protocol number.' },
      },
    },
    size: { type: 'integer', minimum: 0, description: 'Bytes on the wire.' },
    domain: { ...TEXT_OR_NULL, description: 'The host, where the sender knows it.' },
    timestamp: {
      type: ['number', 'string', 'null'],
      description: 'Seconds since 1970, or ISO 8601 with its zone; by default the time of arrival.',
    },
    payload: {
      ...TEXT_OR_NULL,
      description: 'Base64 of the bytes behind the transport header, inspected as captured ones.',
    },
  },
  examples: [
    {
      tuple: { src_ip: '192.0.2.10', dst_ip: '203.0.113.10', src_port: 50000, dst_port: 443, protocol: 'tcp' },
      size: 571,
      domain: 'www.youtube.com',
    },
  ],
};

export const DECISION_SCHEMA: JsonSchema = {
  $id: 'Decision',
  type: 'object',
  required: ['decision', 'app', 'domain', 'detected_by', 'blocked_by', 'connection'],
  properties: {
    decision: { enum: ['forward', 'drop'] },
    app: { type: 'string', description: '"UNKNOWN" where none is known.' },
    domain: TEXT_OR_NULL,
    detected_by: TEXT_OR_NULL,
    blocked_by: { ...TEXT_OR_NULL, description: 'The rule that drops it, `type:value`.' },
    connection: { ...COUNT, description: 'Ordinal of the connection, from 1.' },
  },
  examples: [
    {
      decision: 'drop',
      app: 'YOUTUBE',
      domain: 'www.youtube.com',
      detected_by: 'event',
      blocked_by: 'app:YOUTUBE',
      connection: 1,
    },
  ],
};

export const INGEST = {
  operationId: 'ingest',
  tags: ['ingest'],
  summary: 'Decide packets that come as events',
  description:
    'One event as JSON gives one decision. A body of events as NDJSON (`application/x-ndjson`) gives a line for each, in ' +
    'order and while it is still being sent: a decision, or `{"error", "line"}` where the line is no event. ' +
    'Connections live as long as the server: once one is blocked, all later events of it are dropped.',
  body: {
    content: {
      'application/json': { schema: { $ref: 'Event#' } },
      'application/x-ndjson': { schema: { type: 'string', description: 'An event a line.' } },
    },
  },
  response: {
    200: {
      description: 'The decision, or one a line.',
      content: {
        'application/json': { schema: { $ref: 'Decision#' } },
        'application/x-ndjson': { schema: { type: 'string', description: 'A decision or an error a line.' } },
      },
    },
    ...problems(400, 408, 413, 415),
  },
};
