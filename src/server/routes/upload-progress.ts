import type { FastifyInstance } from 'fastify';
import { COUNT, problems, success } from '../schemas.js';
import type { ServerServices } from '../services.js';

const PROGRESS = {
  operationId: 'uploadProgress',
  tags: ['captures'],
  summary: 'Say how much of a capture is read',
  description: 'Of the capture that is being sent to `/analyze` with this id as `upload`.',
  params: { type: 'object', properties: { id: { type: 'string', maxLength: 64 } } },
  response: {
    200: success('Both are 0 before it is read, and for an id that no upload has.', {
      read_bytes: { ...COUNT, description: 'Bytes read, as they were sent.' },
      total_bytes: { ...COUNT, description: 'Length of the capture, as it was sent.' },
    }),
    ...problems(400),
  },
};

/** `GET /uploads/ID`: a page asks while it waits for the report. */
export function uploadProgressRoutes(app: FastifyInstance, { uploads }: ServerServices): void {
  app.get<{ Params: { id: string } }>('/uploads/:id', { schema: PROGRESS }, async ({ params }) =>
    uploads.progress.of(params.id),
  );
}
