import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { HttpProblem, PROBLEM_TYPE, problemJson } from './problem.js';

/** Responds to bytes that are not a valid request, or that arrive too late. There is no reply object for them yet. */
export function respondToClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const problem = problemOfSocket(error);
  const body = problemJson(problem, '/');
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function problemOfSocket({ code }: NodeJS.ErrnoException): HttpProblem {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new HttpProblem(408, 'request-timeout', 'the request header did not arrive in time');
  }
  if (code === 'HPE_HEADER_OVERFLOW') return new HttpProblem(431, 'header-too-large', 'the header is too long');
  return new HttpProblem(400, 'malformed-http', 'not a valid HTTP request');
}
