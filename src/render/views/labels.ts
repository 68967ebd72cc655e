import type { LabelRow } from '../../core/report/model.js';
import { percentText } from '../quantities.js';
import { amountColumn, bytesColumn, countColumn, textColumn } from './columns.js';
import { keyCells, type View } from './view.js';

export const labelsView: View<LabelRow> = {
  name: 'labels',
  rows: ({ labels }) => labels,
  columns: ({ labels }) => {
    const all = labels.reduce((sum, { bytes }) => sum + bytes, 0);
    return [
      textColumn('Labels', ({ label }) => label, 12),
      textColumn('kind', ({ kind }) => kind, 8, { expendable: 2 }),
      textColumn('category', ({ category }) => category, 8, { expendable: 1 }),
      countColumn('connections', ({ connections }) => connections),
      countColumn('lookups', ({ lookups }) => lookups),
      countColumn('packets', ({ packets }) => packets),
      bytesColumn('bytes', ({ bytes }) => bytes),
      amountColumn('', ({ bytes }) => percentText(bytes, all)),
    ];
  },
  cells: keyCells('label', 'kind', 'category', 'connections', 'lookups', 'packets', 'bytes'),
};
