import type { FastifySchemaValidationError } from 'fastify/types/schema.js';
import { HttpProblem } from './problem.js';

const PARTS: Readonly<Record<string, string>> = {
  body: 'the body',
  querystring: 'the query',
  params: 'the path',
  headers: 'the header',
};

/** The first violation of a route's schema, as a sentence that names the key. */
export function schemaProblem(errors: readonly FastifySchemaValidationError[], part: string): HttpProblem {
  const [error] = errors;
  const where = PARTS[part] ?? part;
  if (error === undefined) return new HttpProblem(400, 'bad-request', `${where} is not valid`);
  const key = error.instancePath.slice(1).replaceAll('/', '.');
  const what = key === '' ? where : `'${key}' in ${where}`;
  return new HttpProblem(400, 'bad-request', `${what} ${complaint(error)}`);
}

function complaint({ keyword, params, message }: FastifySchemaValidationError): string {
  const { additionalProperty, allowedValues, missingProperty } = params as Record<string, unknown>;
  if (keyword === 'additionalProperties') return `has no key '${String(additionalProperty)}'`;
  if (keyword === 'required') return `lacks '${String(missingProperty)}'`;
  if (keyword === 'enum') return `must be one of ${(allowedValues as unknown[]).join(', ')}`;
  if (keyword === 'type') return `must be ${[params.type].flat().join(' or ').replaceAll(',', ' or ')}`;
  return message ?? 'is not valid';
}
