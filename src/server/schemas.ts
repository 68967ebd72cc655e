import { RULE_TYPES } from '../core/policy/rule-kinds.js';
import { PROBLEM_TYPE } from './problem.js';

/** JSON Schema of parameters, bodies and responses: the server validates by it, the OpenAPI document shows it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export const TEXT_OR_NULL: JsonSchema = { type: ['string', 'null'] };
export const COUNT: JsonSchema = { type: 'integer', minimum: 0 };

export const PROBLEM_SCHEMA: JsonSchema = {
  $id: 'Problem',
  type: 'object',
  description: 'A problem document (RFC 9457). `code` is stable and meant for programs, `detail` for people.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'The requested path.' },
    code: { type: 'string' },
  },
  examples: [
    {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: "no app is called 'YOUTUB'; did you mean YOUTUBE?",
      instance: '/rules/app/YOUTUB',
      code: 'unknown-app',
    },
  ],
};

export const RULE_SCHEMA: JsonSchema = {
  $id: 'Rule',
  type: 'object',
  required: ['id', 'type', 'value', 'action', 'comment', 'expires', 'created'],
  properties: {
    id: { type: 'string', description: '`type:value`, unique.' },
    type: { enum: [...RULE_TYPES] },
    value: { type: 'string', description: 'In canonical form.' },
    action: { enum: ['block', 'allow'] },
    comment: TEXT_OR_NULL,
    expires: { ...TEXT_OR_NULL, description: 'ISO 8601 in UTC; null if the rule does not expire.' },
    created: { ...TEXT_OR_NULL, description: 'ISO 8601 in UTC.' },
  },
  examples: [
    {
      id: 'app:YOUTUBE',
      type: 'app',
      value: 'YOUTUBE',
      action: 'block',
      comment: null,
      expires: null,
      created: '2026-11-22T18:30:00Z',
    },
  ],
};

const PROBLEM_DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'Invalid request; `detail` says why.',
  401: 'The token is missing or wrong.',
  404: 'Not found.',
  408: 'The body did not arrive in time.',
  409: 'The server has no rule store (`--no-stored-rules`), or another upload has this id; `detail` says which.',
  413: 'The body is too long for this route.',
  414: 'The path is longer than any valid value.',
  415: "This route does not accept the body's content type.",
  422: 'The upload is not a capture file.',
  504: 'The capture took longer than `--upload-timeout` to read.',
  507: 'The disk has no room for the upload or the response.',
  503: 'The rule store is unavailable, too many uploads are in progress, or the server is shutting down; `detail` says which.',
};

/** The problem documents that a route may return, for its `response` schema. */
export function problems(...statuses: number[]): Record<number, JsonSchema> {
  return Object.fromEntries(
    [...statuses, 401, 503]
      .sort((a, b) => a - b)
      .map((status) => [
        status,
        { description: PROBLEM_DESCRIPTIONS[status], content: { [PROBLEM_TYPE]: { schema: { $ref: 'Problem#' } } } },
      ]),
  );
}

/** Schema of a successful JSON response. All properties are always present. */
export function success(description: string, properties: Record<string, JsonSchema>, examples?: unknown[]): JsonSchema {
  return {
    description,
    type: 'object',
    required: Object.keys(properties),
    properties,
    ...(examples === undefined ? {} : { examples }),
  };
}
