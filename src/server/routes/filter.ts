import type { FastifyInstance } from 'fastify';
import type { FilterSummary } from '../../core/report/filter-model.js';
import type { ServerServices } from '../services.js';
import { acceptUploads, openUpload } from '../uploads/upload-body.js';
import type { FilterRequest } from '../uploads/upload-messages.js';
import {
  badQuery,
  KEEP_PARAMETERS,
  READING_PARAMETERS,
  RULE_PARAMETERS,
  UploadQuery,
} from '../uploads/upload-query.js';
import { FILTER, validatorCompiler } from './upload-schemas.js';

const PARAMETERS = ['name', 'mode', 'summary', 'invert', ...READING_PARAMETERS, ...RULE_PARAMETERS, ...KEEP_PARAMETERS];
/** Media types: pcap's is registered, pcapng has none yet (draft-ietf-opsawg-pcapng). */
const TYPES: Readonly<Record<string, string>> = {
  pcap: 'application/vnd.tcpdump.pcap',
  pcapng: 'application/x-pcapng',
  snoop: 'application/octet-stream',
};

/** `POST /filter`: a capture in, a copy without what the rules drop out. */
export async function filterRoutes(app: FastifyInstance, services: ServerServices): Promise<void> {
  const { uploads, stats } = services;
  await acceptUploads(app);
  app.post('/filter', { config: { isUpload: true }, schema: FILTER, validatorCompiler }, async (request, reply) => {
    const query = new UploadQuery(request.query, PARAMETERS);
    const filterRequest = readRequest(query, services);
    const { outcome, bytes, len } = await uploads.filter(filterRequest, () =>
      openUpload(request, reply, query.name(), uploads.maxUploadLen),
    );
    stats.addFiltered(outcome);
    reply.headers(countsOf(outcome)).header('content-length', len);
    if (filterRequest.summaryOnly) return reply.type('application/json; charset=utf-8').send(bytes);
    const inputFormat = outcome.inputs[0]?.format ?? 'pcap';
    const format = inputFormat in TYPES ? inputFormat : 'pcap';
    return reply
      .type(TYPES[format]!)
      .header('content-disposition', `attachment; filename="filtered.${format}"`)
      .send(bytes);
  });
}

function readRequest(query: UploadQuery, services: ServerServices): FilterRequest {
  const keep = query.keep(services.apps);
  const select = query.keptSelection(services.apps);
  const invert = query.flag('invert', false);
  const chooses = keep.length > 0 || Object.keys(select).length > 0;
  const others = [...RULE_PARAMETERS, 'mode'].find((name) => query.has(name));
  if (chooses && others !== undefined) {
    throw badQuery(`'${others}' can't be combined with keep_…, which keeps whole connections`);
  }
  if (invert && !chooses) throw badQuery("'invert' needs a keep_… parameter, whose choice it drops");
  return {
    keep,
    select,
    invert,
    rules: query.rules(services),
    ...query.reading(),
    mode: query.choice('mode', ['inline', 'flow'], 'inline'),
    summaryOnly: query.choice('summary', ['headers', 'only'], 'headers') === 'only',
  };
}

/** The summary's numbers. `summary=only` returns all of it, with the rules that decided. */
function countsOf(summary: FilterSummary): Record<string, string> {
  const headers: Record<string, string> = {
    'dpi-mode': summary.mode,
    'dpi-total-packets': String(summary.total_packets),
    'dpi-kept-packets': String(summary.kept_packets),
    'dpi-dropped-packets': String(summary.dropped_packets),
    'dpi-total-connections': String(summary.total_connections),
    'dpi-blocked-connections': String(summary.blocked_connections),
  };
  if (summary.inputs.some(({ damage }) => damage !== null)) headers['dpi-input-damaged'] = 'true';
  return headers;
}
