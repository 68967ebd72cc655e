import type { FactsOptions } from '../../core/report/model.js';
import type { FormatSpec } from '../report-format.js';
import type { View, ViewForm } from './view.js';

/** A list of the report as a format. */
export interface ViewSpec extends FormatSpec {
  /** It needs the details of TLS and QUIC handshakes. */
  readonly needsHandshakes: boolean;
  /** It takes connections; else `topConnections` may be empty. */
  readonly hasConnections: boolean;
}

interface ViewEntry extends Pick<FormatSpec, 'facts'> {
  readonly needsHandshakes?: boolean;
  readonly hasConnections?: boolean;
  load(form: ViewForm): ReturnType<FormatSpec['load']>;
}

const QUALITY: FactsOptions = { quality: 'details' };

/** The views by name. A new one takes a line here, and a branch in schema/view.schema.json. */
const ENTRIES = {
  hosts: view({ hosts: 'details', quality: 'sums' }, async () => (await import('./hosts.js')).hostsView),
  pairs: view({ pairs: true }, async () => (await import('./pairs.js')).pairsView),
  labels: view({ timeline: true }, async () => (await import('./labels.js')).labelsView),
  protocols: view({}, async () => (await import('./protocols.js')).protocolsView),
  domains: view({}, async () => (await import('./domains.js')).domainsView),
  connections: {
    facts: { packets: true, ...QUALITY },
    needsHandshakes: true,
    hasConnections: true,
    load: async (form: ViewForm) => (await import('./connections.js')).connectionsFormat(form),
  },
  timeline: view({ timeline: true }, async () => (await import('./timeline.js')).timelineView),
  quality: view(QUALITY, async () => (await import('./quality.js')).qualityView),
  tls: { ...view(QUALITY, async () => (await import('./tls.js')).tlsView), needsHandshakes: true },
  dns: view(QUALITY, async () => (await import('./dns.js')).dnsView),
} as const satisfies Readonly<Record<string, ViewEntry>>;

export type ViewName = keyof typeof ENTRIES;

export const VIEW_NAMES = Object.keys(ENTRIES) as readonly ViewName[];

/** The view in a form, all of whose rows it writes unless `FormatOptions.top` says otherwise. */
export function viewSpec(name: ViewName, form: ViewForm): ViewSpec {
  const { facts, load, needsHandshakes = false, hasConnections = false }: ViewEntry = ENTRIES[name];
  return {
    flag: form,
    description: `the list of ${name}`,
    listsConnections: hasConnections && form !== 'table',
    facts,
    needsHandshakes,
    hasConnections,
    load: () => load(form),
  };
}

function view<Row extends object>(facts: FactsOptions, load: () => Promise<View<Row>>): ViewEntry {
  return {
    facts,
    load: async (form) => (await import('./view-format.js')).viewFormat(await load(), form),
  };
}
