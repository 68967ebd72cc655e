import type { DomainRow } from '../../core/report/model.js';
import { paintApp } from '../connection-text.js';
import { bytesColumn, countColumn, textColumn } from './columns.js';
import { keyCells, type View } from './view.js';

export const domainsView: View<DomainRow> = {
  name: 'domains',
  rows: ({ domains_detected: domains }) => domains,
  columns: (_summary, { paint }) => [
    textColumn('Domains', ({ domain }) => domain, 20, { shorten: 'middle' }),
    textColumn('app', ({ app }) => app, 8, { paint: paintApp(paint) }),
    countColumn('connections', ({ connections }) => connections),
    countColumn('packets', ({ packets }) => packets),
    bytesColumn('bytes', ({ bytes }) => bytes),
  ],
  cells: keyCells('domain', 'app', 'connections', 'packets', 'bytes'),
};
