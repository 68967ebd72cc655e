import { STATUS_CODES } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DpiError } from '../core/common/error.js';
import { RuleError } from '../core/policy/rule.js';
import { jsonText } from '../render/safe-text.js';
import { StoreUnavailable } from '../rules/rule-store.js';

export const PROBLEM_TYPE = 'application/problem+json';

/** A problem document (RFC 9457 §3), in the key order of its JSON. `code` is an extension: stable, for programs. */
interface Problem {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
}

/** An error response: `detail` is a sentence for people, `code` lower case with dashes. */
export class HttpProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = 'HttpProblem';
  }
}

/** Statuses of DpiErrors. Codes that are not listed are the server's fault. */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  usage: 400,
  'bad-condition': 400,
  'unknown-app': 400,
  'no-rules': 400,
  'input-not-a-capture': 422,
  'input-empty': 422,
  'input-too-long': 413,
  'answer-too-long': 413,
  'body-cut-short': 400,
  'no-room': 507,
  'rules-locked': 503,
  'rules-contended': 503,
  'too-many-changes': 503,
  'unreadable-rules-file': 503,
  'unwritable-rules-file': 503,
  'bad-rules-document': 503,
  'newer-rules-document': 503,
};

/** Codes and details that replace those of fastify and its parsers. */
const OWN_WORDS: Readonly<Record<string, readonly [code: string, detail: string]>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed-json', 'the body is not valid JSON'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed-json', 'the body is empty where JSON is expected'],
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'the body is longer than this route accepts'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', "this route does not accept the body's content type"],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['body-cut-short', "the body's length differs from its Content-Length"],
  FST_ERR_BAD_URL: ['malformed-url', 'the path is not properly percent-encoded UTF-8'],
  FST_ERR_MAX_PARAM_LENGTH: ['url-too-long', 'a part of the path is longer than any valid value'],
};

/** Converts any error. An unexpected one becomes a 500 that reveals no internals. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (error instanceof DpiError) return new HttpProblem(statusOf(error), error.code, error.message);
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message?: string };
  if (statusCode === undefined || statusCode < 400 || statusCode >= 500) {
    return new HttpProblem(500, 'internal-error', 'the server failed on this request; its log says more');
  }
  const [ownCode, detail] = OWN_WORDS[code ?? ''] ?? ['bad-request', message ?? 'the request is not valid'];
  return new HttpProblem(statusCode, ownCode, detail);
}

function statusOf(error: DpiError): number {
  if (error instanceof RuleError) return 400;
  if (error instanceof StoreUnavailable) return 503;
  return STATUS_OF_CODE[error.code] ?? 500;
}

/** Sends the problem, unless a response has already begun. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: HttpProblem): void {
  if (reply.sent || reply.raw.headersSent) return;
  void reply
    .code(problem.status)
    .headers(problem.headers)
    .type(PROBLEM_TYPE)
    .send(problemJson(problem, pathOf(request.raw.url)));
}

/** The document as JSON, with control characters escaped for terminals. */
export function problemJson({ status, code, message }: HttpProblem, instance: string): string {
  const problem: Problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    instance,
    code,
  };
  return `${jsonText(problem)}\n`;
}

/** The path without the query, which may contain private data. */
export function pathOf(url = '/'): string {
  const queryStart = url.search(/[?#;]/);
  return queryStart === -1 ? url : url.slice(0, queryStart);
}
