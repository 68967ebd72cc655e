import type { FastifyInstance } from 'fastify';
import { appNamesOf } from '../../core/policy/app-names.js';
import type { RuleType } from '../../core/policy/rule.js';
import { ruleId } from '../../core/policy/rule.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { RULES_JSON_VERSION } from '../../rules/rule-json.js';
import { readRule } from '../../rules/rule-reading.js';
import { type JsonSchema, problems, success, TEXT_OR_NULL } from '../schemas.js';
import type { ServerServices } from '../services.js';
import { MAX_VALUE_LEN } from './rules-schemas.js';

const TEXTS: JsonSchema = { type: 'array', items: { type: 'string' } };

const PREVIEW_RULE = {
  operationId: 'previewRule',
  tags: ['rules'],
  summary: 'Say how a text would be read as a rule',
  description: 'Stores nothing. Reads the text as `dpi rules add` does, and gives the same suggestions and warnings.',
  querystring: {
    type: 'object',
    additionalProperties: false,
    required: ['text'],
    properties: {
      text: { type: 'string', maxLength: MAX_VALUE_LEN, description: 'As typed.', examples: ['youtub'] },
      type: { type: 'string', enum: [...RULE_TYPES], description: 'Type of the rule; recognised unless given.' },
    },
  },
  response: {
    200: success('How the text is read.', {
      schema_version: { const: RULES_JSON_VERSION },
      text: { type: 'string' },
      id: { ...TEXT_OR_NULL, description: '`type:value` of the rule; null where the text is no rule.' },
      type: { enum: [...RULE_TYPES, null] },
      value: { ...TEXT_OR_NULL, description: 'In canonical form.' },
      matches: { ...TEXT_OR_NULL, description: 'What the rule would match, in words.' },
      app: { ...TEXT_OR_NULL, description: 'The app that the name of a domain rule belongs to.' },
      problem: { ...TEXT_OR_NULL, description: 'Why the text is no rule.' },
      suggestions: { ...TEXTS, description: 'Rules that may be meant instead, as `type:value`, likeliest first.' },
      warnings: { ...TEXTS, description: 'For example that the rule is very broad.' },
    }),
    ...problems(400),
  },
};

/** `GET /rules/preview`: how a text would be read as a rule. Needs no rule store. */
export function rulePreviewRoutes(app: FastifyInstance, services: ServerServices): void {
  const apps = appNamesOf(services.apps);
  app.get<{ Querystring: { text: string; type?: RuleType } }>(
    '/rules/preview',
    { schema: PREVIEW_RULE },
    async ({ query: { text, type = null } }) => {
      const { pattern, matches, app: owner, problem, suggestions, warnings } = readRule(text, type, apps);
      return {
        schema_version: RULES_JSON_VERSION,
        text,
        id: pattern === null ? null : ruleId(pattern.type, pattern.value),
        type: pattern?.type ?? null,
        value: pattern?.value ?? null,
        matches,
        app: owner,
        problem,
        suggestions,
        warnings,
      };
    },
  );
}
