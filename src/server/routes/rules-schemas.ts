import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { COUNT, type JsonSchema, problems, success } from '../schemas.js';

/** No value of any type is longer: a domain name has 253 characters. */
export const MAX_VALUE_LEN = 1024;
const MAX_COMMENT_LEN = 1000;
const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 10_000;

const TAGS = ['rules'];
const RULE: JsonSchema = { $ref: 'Rule#' };
export const RULES_HEAD: Record<string, JsonSchema> = {
  schema_version: { const: 1 },
  store: { type: 'string', description: 'Path of the rules file, or Redis URL without its password.' },
  version: { ...COUNT, description: 'Incremented by each change of the store.' },
};

const TYPE = {
  type: 'string',
  enum: [...RULE_TYPES],
  description: 'What the rule matches: an address, a port of the responder, a host name or an app.',
};

const PAGE = {
  type: 'object',
  additionalProperties: false,
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT, description: 'Rules per page.' },
    cursor: { type: 'string', maxLength: 2000, description: '`next_cursor` of the previous page.' },
  },
};

const TYPE_PARAMS = { type: 'object', required: ['type'], properties: { type: TYPE } };

const RULE_PARAMS = {
  type: 'object',
  required: ['type'],
  properties: {
    type: TYPE,
    value: {
      type: 'string',
      description:
        'An address or prefix (`192.0.2.1`, `10.0.0.0/8`), a port (`443`, `udp/443`, `6881-6889`), a domain (`example.com` ' +
        'and its subdomains, `=example.com` alone, `*.example.com` its subdomains only) or an app. A slash may be ' +
        'written as it is or as `%2F`.',
      examples: ['YOUTUBE'],
    },
  },
};

const LIST = success('A page of the rules, by type and value.', {
  ...RULES_HEAD,
  total: { ...COUNT, description: 'Number of rules on all pages.' },
  rules: { type: 'array', items: RULE },
  next_cursor: { type: ['string', 'null'], description: 'Cursor of the next page; null on the last one.' },
});

const ADDED = success('The rule was stored.', {
  ...RULES_HEAD,
  outcome: { enum: ['added', 'replaced', 'unchanged'] },
  rule: RULE,
  warnings: { type: 'array', items: { type: 'string' }, description: 'For example that the rule is very broad.' },
});

export const LIST_RULES = {
  operationId: 'listRules',
  tags: TAGS,
  summary: 'List the stored rules',
  querystring: PAGE,
  response: { 200: LIST, ...problems(400) },
};

export const LIST_OF_TYPE = {
  ...LIST_RULES,
  operationId: 'listRulesOfType',
  summary: 'List the stored rules of a type',
  params: TYPE_PARAMS,
  response: { 200: LIST, ...problems(400, 404) },
};

export const GET_RULE = {
  operationId: 'getRule',
  tags: TAGS,
  summary: 'Show a stored rule',
  params: RULE_PARAMS,
  response: { 200: success('The rule.', { ...RULES_HEAD, rule: RULE }), ...problems(400, 404, 414) },
};

export const ADD_RULE = {
  operationId: 'addRule',
  tags: TAGS,
  summary: 'Add a rule, or replace the one with that value',
  description:
    'The rule is in force in this server when the response arrives, and within 100 ms in others on the same store.',
  params: RULE_PARAMS,
  body: {
    type: ['object', 'null'],
    additionalProperties: false,
    properties: {
      action: { type: 'string', enum: ['block', 'allow'], default: 'block', description: 'Allow wins over block.' },
      comment: { type: ['string', 'null'], maxLength: MAX_COMMENT_LEN, description: 'Reason for the rule.' },
      expires: { type: ['string', 'null'], description: '`30m`, `2h`, `7d`, or a date such as `2030-12-31`.' },
    },
    examples: [{ action: 'block', comment: 'exam week', expires: '7d' }],
  },
  response: {
    201: { ...ADDED, description: 'The rule is new.' },
    200: { ...ADDED, description: 'A rule with this value existed; it was replaced or is unchanged.' },
    ...problems(400, 404, 413, 414, 415),
  },
};

export const REMOVE_RULE = {
  operationId: 'removeRule',
  tags: TAGS,
  summary: 'Remove a rule',
  params: RULE_PARAMS,
  querystring: {
    type: 'object',
    additionalProperties: false,
    properties: {
      action: { type: 'string', enum: ['block', 'allow'], description: 'Remove the rule only if it has this action.' },
    },
  },
  response: {
    200: success('The rule was removed.', {
      ...RULES_HEAD,
      removed: { type: 'string', description: 'Id of the rule.' },
    }),
    ...problems(400, 404, 414),
  },
};
