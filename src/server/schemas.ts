import { RULE_TYPES } from '../core/policy/rule-kinds.js';
import { PROBLEM_TYPE } from './problem.js';

/** JSON Schema of parameters, bodies and answers: what the server checks, and what the OpenAPI document shows. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A text, null where there is none. */
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
    instance: { type: 'string', description: 'The path asked for.' },
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
    id: { type: 'string', description: '`type:value`; a rule either blocks or allows.' },
    type: { enum: [...RULE_TYPES] },
    value: { type: 'string', description: 'In its canonical form.' },
    action: { enum: ['block', 'allow'] },
    comment: TEXT_OR_NULL,
    expires: { ...TEXT_OR_NULL, description: 'ISO 8601 in UTC; null for a rule without end.' },
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

const PROBLEM_WORDS: Readonly<Record<number, string>> = {
  400: 'The request is not valid; `detail` says why.',
  401: 'A token is needed, or the one sent is wrong.',
  404: 'There is nothing of that name.',
  408: 'The body did not come in time.',
  413: 'The body is longer than this route takes.',
  414: 'The path is longer than any value can be.',
  415: "The body's content type is not one this route takes.",
  422: 'The upload is no capture.',
  507: 'There is no room for the answer on the disk.',
  503: 'The rule store can not be used, for the reason that `detail` gives; the server has as many uploads as it takes; or it is shutting down.',
};

/** The problem documents that a route may answer with, for its `response` schema. */
export function problems(...statuses: number[]): Record<number, JsonSchema> {
  return Object.fromEntries(
    [...statuses, 401, 503]
      .sort((a, b) => a - b)
      .map((status) => [
        status,
        { description: PROBLEM_WORDS[status], content: { [PROBLEM_TYPE]: { schema: { $ref: 'Problem#' } } } },
      ]),
  );
}

/** The JSON object of a successful answer; all properties are always there. */
export function answer(description: string, properties: Record<string, JsonSchema>, examples?: unknown[]): JsonSchema {
  return {
    description,
    type: 'object',
    required: Object.keys(properties),
    properties,
    ...(examples === undefined ? {} : { examples }),
  };
}
