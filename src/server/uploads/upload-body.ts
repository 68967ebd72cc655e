import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { multipart } from '../packages.js';
import { HttpProblem } from '../problem.js';
import { tooLong } from './receive-body.js';
import type { Upload } from './upload-pool.js';

/** Form field of the capture. */
const FILE_FIELD = 'file';
const DEFAULT_NAME = 'upload';
const MAX_NAME_LEN = 255;
/** `receiveBody` limits the length. The parser's own limit (1 MiB by default) would cut the file silently. */
const MULTIPART_LIMITS = {
  fileSize: Number.POSITIVE_INFINITY,
  files: 1,
  fields: 0,
  parts: 2,
  fieldNameSize: 100,
  fieldSize: 1024,
  headerPairs: 20,
};
const FORM_HELP = `the form must have exactly one part, the capture: -F "${FILE_FIELD}=@capture.pcap"; options go into the query`;

/** Makes the routes of `app` accept a body of any type except JSON, without reading it. */
export async function acceptUploads(app: FastifyInstance): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(multipart);
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.addHook('preParsing', async ({ headers }) => {
    if (/^application\/(?:[\w.-]+\+)?json\b/i.test(headers['content-type'] ?? '')) {
      throw new HttpProblem(
        415,
        'unsupported-media-type',
        'a capture is not JSON: send it as a form (-F "file=@capture.pcap") or as it is (--data-binary @capture.pcap)',
      );
    }
  });
}

/** Opens the upload of a request. `name` overrides the file name. Rejects with an HttpProblem without an upload. */
export async function openUpload(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string | null,
  maxLen: number,
): Promise<Upload> {
  const announcedLen = Number(request.headers['content-length'] ?? 0);
  if (!request.isMultipart() && announcedLen > maxLen) throw tooLong(maxLen);
  const client = new AbortController();
  reply.raw.once('close', () => client.abort());
  continueBody(request, reply);
  if (!request.isMultipart()) {
    return { name: name ?? DEFAULT_NAME, body: request.raw, finish: async () => {}, signal: client.signal };
  }
  const parts = request.parts({ limits: MULTIPART_LIMITS })[Symbol.asyncIterator]();
  const first = await nextPart(parts);
  if (first === null || first.type !== 'file' || first.fieldname !== FILE_FIELD) {
    throw new HttpProblem(400, 'bad-form', first === null ? `the form is empty; ${FORM_HELP}` : FORM_HELP);
  }
  return {
    name: name ?? (first.filename || DEFAULT_NAME).slice(0, MAX_NAME_LEN),
    body: first.file,
    finish: async () => {
      if ((await nextPart(parts)) !== null) throw new HttpProblem(400, 'bad-form', FORM_HELP);
    },
    signal: client.signal,
  };
}

type Parts = ReturnType<FastifyRequest['parts']>;
type Part = Awaited<ReturnType<Parts['next']>>['value'];

async function nextPart(parts: Parts): Promise<Part | null> {
  try {
    const { done, value } = await parts.next();
    return done ? null : value;
  } catch (error) {
    const { statusCode, message } = error as { statusCode?: number; message: string };
    // The parser's 413 means too many parts.
    const detail = statusCode === 413 ? FORM_HELP : `the form is malformed: ${message}`;
    throw new HttpProblem(400, 'bad-form', detail);
  }
}

/** Sends 100 Continue to a client that waits for it before it sends the body (RFC 9110 §10.1.1). */
export function continueBody({ headers }: FastifyRequest, reply: FastifyReply): void {
  if (headers.expect?.toLowerCase() === '100-continue' && !reply.raw.headersSent) reply.raw.writeContinue();
}
