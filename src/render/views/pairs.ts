import type { PairRow } from '../../core/report/model.js';
import { bytesColumn, countColumn, textColumn } from './columns.js';
import { keyCells, type View } from './view.js';

export const pairsView: View<PairRow> = {
  name: 'pairs',
  rows: ({ pairs }) => pairs,
  columns: () => [
    textColumn('Clients', ({ client }) => client, 15, { shorten: 'middle' }),
    textColumn('servers', ({ server }) => server, 15, { shorten: 'middle' }),
    textColumn('label', ({ label }) => label, 8),
    countColumn('connections', ({ connections }) => connections),
    countColumn('packets', ({ packets }) => packets),
    bytesColumn('bytes', ({ bytes }) => bytes),
  ],
  cells: keyCells('client', 'server', 'label', 'connections', 'packets', 'bytes'),
};
