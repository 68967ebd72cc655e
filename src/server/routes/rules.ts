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

/** `/rules`: the stored rules, with the checks and sentences of `dpi rules`. */
export function ruleRoutes(app: FastifyInstance, services: ServerServices): void {
  takeEmptyBodies(app);
  // Before validation, whose complaint about an unknown type would be a 400 in other words.
  app.addHook<{ Params: Place }>('preValidation', async ({ params }) => {
    if (params.type !== undefined) typeOf(params);
  });
  app.get<{ Querystring: PageQuery }>('/rules', { schema: LIST_RULES }, ({ query }) =>
    list(deskOf(services), query, null),
  );
  app.get<{ Params: Place; Querystring: PageQuery }>('/rules/:type', { schema: LIST_OF_TYPE }, ({ query, params }) =>
    list(deskOf(services), query, typeOf(params)),
  );
  // The second path takes a slash as it is (`/rules/ip/10.0.0.0/8`), the first one as %2F.
  for (const path of ['/rules/:type/:value', '/rules/:type/*']) {
    const hide = path.endsWith('*');
    app.get<{ Params: Place }>(path, { schema: { ...GET_RULE, hide } }, ({ params }) =>
      getRule(deskOf(services), params),
    );
    app.post<{ Params: Place; Body: Request }>(path, { schema: { ...ADD_RULE, hide } }, ({ params, body }, reply) =>
      addRule(deskOf(services), params, body ?? {}, reply),
    );
    app.delete<{ Params: Place; Querystring: { action?: RuleAction } }>(
      path,
      { schema: { ...REMOVE_RULE, hide } },
      ({ params, query }) => removeRule(deskOf(services), params, query.action),
    );
  }
}

function deskOf({ desk }: ServerServices): RuleService {
  if (desk !== null) return desk;
  throw new HttpProblem(409, 'no-stored-rules', 'this server was started with --no-stored-rules and has no rule store');
}

/** No body at all is the usual case; clients that send a content type with nothing behind it mean the same. */
function takeEmptyBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, null);
    else parseJson(request, body as string, done);
  });
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body.length === 0) done(null, null);
    else done(new HttpProblem(415, 'unsupported-media-type', 'this route takes no body but application/json'));
  });
}

async function list(desk: RuleService, { limit, cursor }: PageQuery, type: RuleType | null) {
  const after = cursor === undefined ? null : decodeCursor(cursor, RULE_TYPES);
  const { version, groups } = await desk.rules();
  const chosen = type === null ? groups : groups.filter((group) => group.type === type);
  const { rules, more } = await rulePage(chosen, after, limit);
  const last = rules.at(-1);
  return {
    schema_version: RULES_JSON_VERSION,
    store: desk.store,
    version,
    total: countRules(chosen),
    rules: rules.map(ruleJson),
    next_cursor: more && last !== undefined ? encodeCursor(last.type, last.value) : null,
  };
}

async function getRule(desk: RuleService, params: Place) {
  const type = typeOf(params);
  const { value } = desk.patternOf(type, writtenValue(params));
  const { version, groups } = await desk.rules();
  const rule = ruleIn(groups, type, value);
  if (rule === null) throw noRule(`${type}:${value}`);
  return { schema_version: RULES_JSON_VERSION, store: desk.store, version, rule: ruleJson(rule) };
}

async function addRule(desk: RuleService, params: Place, wish: RuleRequest, reply: FastifyReply) {
  const added = await desk.add(typeOf(params), writtenValue(params), wish, Date.now());
  const { version, outcome, rule, warnings } = added;
  void reply.code(outcome === 'added' ? 201 : 200);
  void reply.header('location', `/rules/${rule.type}/${encodeURIComponent(rule.value)}`);
  return { schema_version: RULES_JSON_VERSION, store: desk.store, version, outcome, rule: ruleJson(rule), warnings };
}

async function removeRule(desk: RuleService, params: Place, action: RuleAction | undefined) {
  const { version, id, removed } = await desk.remove(typeOf(params), writtenValue(params), action);
  if (!removed) throw noRule(id, action);
  return { schema_version: RULES_JSON_VERSION, store: desk.store, version, removed: id };
}

function typeOf({ type }: Place): RuleType {
  if ((RULE_TYPES as readonly string[]).includes(type)) return type as RuleType;
  throw new HttpProblem(404, 'bad-rule-type', `'${type}' is not a rule type; allowed: ${RULE_TYPES.join(', ')}`);
}

function writtenValue(params: Place): string {
  const value = params.value ?? params['*'] ?? '';
  if (value.length <= MAX_VALUE_LEN) return value;
  throw new HttpProblem(414, 'url-too-long', 'a part of the path is longer than any value can be');
}

function noRule(id: string, action?: RuleAction): HttpProblem {
  return new HttpProblem(404, 'no-such-rule', `there is no ${action === undefined ? '' : `${action} `}rule ${id}`);
}
