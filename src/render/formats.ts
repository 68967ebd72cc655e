import { ALL_FACTS } from '../core/report/all-facts.js';
import type { FormatSpec } from './report-format.js';

/** The default format of `dpi analyze`. */
export const TABLE_FORMAT: FormatSpec = {
  flag: 'table',
  description: 'a report for people',
  listsConnections: false,
  facts: { timeline: true, hosts: 'sums', quality: 'sums' },
  load: async () => (await import('./table.js')).tableFormat,
};

/** The formats with an option of their own. A new one is a file that implements ReportFormat, and an entry here. */
export const FORMATS: readonly FormatSpec[] = [
  {
    flag: 'json',
    description: 'one JSON object: the summary and every connection',
    listsConnections: true,
    facts: ALL_FACTS,
    load: async () => (await import('./json.js')).jsonFormat,
  },
  {
    flag: 'ndjson',
    description: 'one JSON object a line: each connection as it ends, the summary last',
    listsConnections: true,
    facts: ALL_FACTS,
    load: async () => (await import('./ndjson.js')).ndjsonFormat,
  },
  {
    flag: 'csv',
    description: 'one row a connection, with a header line',
    listsConnections: true,
    facts: { packets: true, quality: 'details' },
    load: async () => (await import('./csv.js')).csvFormat,
  },
  {
    flag: 'html',
    description: 'one page for a browser, with charts, that needs no server',
    isPage: true,
    listsConnections: true,
    facts: ALL_FACTS,
    load: async () => (await import('./html/html-format.js')).htmlFormat,
  },
];
