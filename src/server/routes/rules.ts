import type { FastifyInstance, FastifyReply } from 'fastify';
import { countRules, type RuleAction, type RuleType } from '../../core/policy/rule.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';
import { RULES_JSON_VERSION, ruleJson } from '../../rules/rule-json.js';
import { rulePage } from '../../rules/rule-page.js';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { HttpProblem } from '../problem.js';
import { type RuleRequest, type RuleService, ruleIn } from '../rule-service.js';
import type { ServerServices } from '../services.js';
import { ADD_RULE, GET_RULE, LIST_OF_TYPE, LIST_RULES, MAX_VALUE_LEN, REMOVE_RULE } from './rules-schemas.js';

interface Place {
  readonly type: string;
  readonly value?: string;
  readonly '*'?: string;
}

interface PageQuery {
  readonly limit: number;
  readonly cursor?: string;
}

type Request = RuleRequest | null | undefined;

/** `/rules`: the stored rules, with the checks and messages of `dpi rules`. */
export function ruleRoutes(app: FastifyInstance, services: ServerServices): void {
  takeEmptyBodies(app);
  // Validation would report an unknown type as a 400; it is a 404.
  app.addHook<{ Params: Place }>('preValidation', async ({ params }) => {
    if (params.type !== undefined) typeOf(params);
  });
  app.get<{ Querystring: PageQuery }>('/rules', { schema: LIST_RULES }, ({ query }) =>
    list(ruleServiceOf(services), query, null),
  );
  app.get<{ Params: Place; Querystring: PageQuery }>('/rules/:type', { schema: LIST_OF_TYPE }, ({ query, params }) =>
    list(ruleServiceOf(services), query, typeOf(params)),
  );
  // The second path takes a slash as it is (`/rules/ip/10.0.0.0/8`), the first one as %2F.
  for (const path of ['/rules/:type/:value', '/rules/:type/*']) {
    const hide = path.endsWith('*');
    app.get<{ Params: Place }>(path, { schema: { ...GET_RULE, hide } }, ({ params }) =>
      getRule(ruleServiceOf(services), params),
    );
    app.post<{ Params: Place; Body: Request }>(path, { schema: { ...ADD_RULE, hide } }, ({ params, body }, reply) =>
      addRule(ruleServiceOf(services), params, body ?? {}, reply),
    );
    app.delete<{ Params: Place; Querystring: { action?: RuleAction } }>(
      path,
      { schema: { ...REMOVE_RULE, hide } },
      ({ params, query }) => removeRule(ruleServiceOf(services), params, query.action),
    );
  }
}

/** The rules of the store. Throws an HttpProblem under `--no-stored-rules`. */
export function ruleServiceOf({ ruleService }: ServerServices): RuleService {
  if (ruleService !== null) return ruleService;
  throw new HttpProblem(409, 'no-stored-rules', 'this server was started with --no-stored-rules and has no rule store');
}

/** Most requests have no body. A content type with an empty body means the same. */
function takeEmptyBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, null);
    else parseJson(request, body as string, done);
  });
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body.length === 0) done(null, null);
    else done(new HttpProblem(415, 'unsupported-media-type', 'this route accepts only application/json'));
  });
}

async function list(ruleService: RuleService, { limit, cursor }: PageQuery, type: RuleType | null) {
  const after = cursor === undefined ? null : decodeCursor(cursor, RULE_TYPES);
  const { version, groups } = await ruleService.rules();
  const chosen = type === null ? groups : groups.filter((group) => group.type === type);
  const { rules, more } = await rulePage(chosen, after, limit);
  const last = rules.at(-1);
  return {
    schema_version: RULES_JSON_VERSION,
    store: ruleService.store,
    version,
    total: countRules(chosen),
    rules: rules.map(ruleJson),
    next_cursor: more && last !== undefined ? encodeCursor(last.type, last.value) : null,
  };
}

async function getRule(ruleService: RuleService, params: Place) {
  const type = typeOf(params);
  const { value } = ruleService.patternOf(type, writtenValue(params));
  const rules = await ruleService.rules();
  const rule = ruleIn(rules, type, value);
  if (rule === null) throw noRule(`${type}:${value}`);
  const { version } = rules;
  return { schema_version: RULES_JSON_VERSION, store: ruleService.store, version, rule: ruleJson(rule) };
}

async function addRule(ruleService: RuleService, params: Place, request: RuleRequest, reply: FastifyReply) {
  const added = await ruleService.add(typeOf(params), writtenValue(params), request, Date.now());
  const { version, outcome, rule, warnings } = added;
  void reply.code(outcome === 'added' ? 201 : 200);
  void reply.header('location', `/rules/${rule.type}/${encodeURIComponent(rule.value)}`);
  return {
    schema_version: RULES_JSON_VERSION,
    store: ruleService.store,
    version,
    outcome,
    rule: ruleJson(rule),
    warnings,
  };
}

async function removeRule(ruleService: RuleService, params: Place, action: RuleAction | undefined) {
  const { version, id, removed } = await ruleService.remove(typeOf(params), writtenValue(params), action);
  if (!removed) throw noRule(id, action);
  return { schema_version: RULES_JSON_VERSION, store: ruleService.store, version, removed: id };
}

function typeOf({ type }: Place): RuleType {
  if ((RULE_TYPES as readonly string[]).includes(type)) return type as RuleType;
  throw new HttpProblem(404, 'bad-rule-type', `'${type}' is not a rule type; allowed: ${RULE_TYPES.join(', ')}`);
}

function writtenValue(params: Place): string {
  const value = params.value ?? params['*'] ?? '';
  if (value.length <= MAX_VALUE_LEN) return value;
  throw new HttpProblem(414, 'url-too-long', 'a part of the path is longer than any valid value');
}

function noRule(id: string, action?: RuleAction): HttpProblem {
  return new HttpProblem(404, 'no-such-rule', `there is no ${action === undefined ? '' : `${action} `}rule ${id}`);
}
