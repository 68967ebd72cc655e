import type { FastifyInstance } from 'fastify';
import { appNamesOf } from '../../core/policy/app-names.js';
import type { RuleType } from '../../core/policy/rule.js';
import { parseRulePattern, RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { refuseRanges } from '../../rules/rule-checker.js';
import { RULES_JSON_VERSION, verdictJson } from '../../rules/rule-json.js';
import { parsePolicyConditions } from '../../usecases/shared/conditions.js';
import { type JsonSchema, problems, success } from '../schemas.js';
import type { ServerServices } from '../services.js';
import { acceptUploads, openUpload } from '../uploads/upload-body.js';
import { inQuery, READING_PARAMETERS, RULE_PARAMETERS, UploadQuery } from '../uploads/upload-query.js';
import { ruleServiceOf } from './rules.js';
import { MAX_VALUE_LEN, RULES_HEAD } from './rules-schemas.js';
import { TEST_RULES, validatorCompiler } from './upload-schemas.js';

const MAX_QUERIES = 100;
const TEST_PARAMETERS = ['name', 'fail_on', ...READING_PARAMETERS, ...RULE_PARAMETERS];

const RULE: JsonSchema = { $ref: 'Rule#' };
const CHECK: JsonSchema = {
  type: 'object',
  required: ['query', 'type', 'app', 'verdict', 'decided_by', 'matches'],
  properties: {
    query: { type: 'string' },
    type: { enum: [...RULE_TYPES] },
    app: { type: ['string', 'null'], description: 'The app of the host name, or the one asked about.' },
    verdict: { enum: ['block', 'allow', 'none'] },
    decided_by: { anyOf: [RULE, { type: 'null' }] },
    matches: { type: 'array', items: RULE, description: 'All rules that match, the deciding one first.' },
  },
};

const CHECK_RULES = {
  operationId: 'checkRules',
  tags: ['rules'],
  summary: 'Say which stored rule decides',
  description:
    'What `dpi rules check --json` prints, for host names, addresses, ports, apps, categories and protocols.',
  querystring: {
    type: 'object',
    additionalProperties: false,
    required: ['query'],
    properties: {
      query: {
        type: 'array',
        items: { type: 'string', minLength: 1, maxLength: MAX_VALUE_LEN },
        minItems: 1,
        maxItems: MAX_QUERIES,
        description: 'What to check; may be repeated.',
        examples: [['www.youtube.com']],
      },
      type: { type: 'string', enum: [...RULE_TYPES], description: 'Type of all queries; recognised unless given.' },
    },
  },
  response: {
    200: success('The verdicts, in the order of the queries.', {
      ...RULES_HEAD,
      checks: { type: 'array', items: CHECK },
      warnings: { type: 'array', items: { type: 'string' } },
    }),
    ...problems(400, 409),
  },
};

/** `GET /rules/check`: the verdict of the stored rules. */
export function ruleCheckRoutes(app: FastifyInstance, services: ServerServices): void {
  const apps = appNamesOf(services.apps);
  app.get<{ Querystring: { query: string[]; type?: RuleType } }>(
    '/rules/check',
    { schema: CHECK_RULES },
    async ({ query: { query, type } }) => {
      const ruleService = ruleServiceOf(services);
      const patterns = query.map((text) => parseRulePattern(text, apps, type ?? null));
      for (const pattern of patterns) refuseRanges(pattern);
      const { version, verdicts } = await ruleService.check(patterns, Date.now());
      return {
        schema_version: RULES_JSON_VERSION,
        store: ruleService.store,
        version,
        checks: verdicts.map(verdictJson),
        warnings: [],
      };
    },
  );
}

/** `POST /rules/test`: a capture in, the result of `dpi rules test --json` out. */
export async function ruleTestRoutes(app: FastifyInstance, services: ServerServices): Promise<void> {
  const { uploads } = services;
  await acceptUploads(app);
  app.post(
    '/rules/test',
    { config: { isUpload: true }, schema: TEST_RULES, validatorCompiler },
    async (request, reply) => {
      const query = new UploadQuery(request.query, TEST_PARAMETERS);
      const failOn = query.all('fail_on');
      inQuery(() => parsePolicyConditions(failOn, services.apps));
      const testRequest = { failOn, rules: query.rules(services), ...query.reading() };
      const { bytes, len } = await uploads.testRules(testRequest, () =>
        openUpload(request, reply, query.name(), uploads.maxUploadLen),
      );
      return reply.type('application/json; charset=utf-8').header('content-length', len).send(bytes);
    },
  );
}
