import { COUNT, type JsonSchema, problems, TEXT_OR_NULL } from '../schemas.js';

const PORT: JsonSchema = { type: ['integer', 'null'], minimum: 0, maximum: 65_535 };

export const EVENT_SCHEMA: JsonSchema = {
  $id: 'Event',
  type: 'object',
  description: 'One packet. Unknown keys are ignored.',
  required: ['tuple', 'size'],
  properties: {
    tuple: {
      type: 'object',
      required: ['src_ip', 'dst_ip', 'protocol'],
      properties: {
        src_ip: { type: 'string' },
        dst_ip: { type: 'string' },
        src_port: { ...PORT, description: 'Required if the protocol has ports.' },
        dst_port: PORT,
        protocol: { type: ['string', 'integer'], description: 'A name in any case, or an IANA protocol number.' },
      },
    },
    size: { type: 'integer', minimum: 0, description: 'Bytes on the wire.' },
    domain: { ...TEXT_OR_NULL, description: 'Host name, if the sender knows it.' },
    timestamp: {
      type: ['number', 'string', 'null'],
      description: 'Seconds since 1970, or ISO 8601 with a time zone. Default: time of arrival.',
    },
    payload: {
      ...TEXT_OR_NULL,
      description: 'Transport payload in Base64. It is inspected like captured payload.',
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
    app: { type: 'string', description: '"UNKNOWN" if no app was recognized.' },
    domain: TEXT_OR_NULL,
    detected_by: TEXT_OR_NULL,
    blocked_by: { ...TEXT_OR_NULL, description: 'Rule that drops the packet, `type:value`.' },
    connection: { ...COUNT, description: 'Number of the connection, from 1.' },
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
  summary: 'Decide packet events',
  description:
    'One event as JSON returns one decision. Events as NDJSON (`application/x-ndjson`) return one line each, in order ' +
    'and while the body is still being sent: a decision, or `{"error", "line"}` for a malformed event. ' +
    'Connections span requests: once one is blocked, all its later events are dropped.',
  body: {
    content: {
      'application/json': { schema: { $ref: 'Event#' } },
      'application/x-ndjson': { schema: { type: 'string', description: 'One event per line.' } },
    },
  },
  response: {
    200: {
      description: 'The decision, or one per line.',
      content: {
        'application/json': { schema: { $ref: 'Decision#' } },
        'application/x-ndjson': { schema: { type: 'string', description: 'One decision or error per line.' } },
      },
    },
    ...problems(400, 408, 413, 415),
  },
};
