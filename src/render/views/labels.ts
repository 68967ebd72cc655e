import type { LabelRow } from '../../core/report/model.js';
import { percentText } from '../quantities.js';
import { sparkline } from '../sparkline.js';
import { amountColumn, bytesColumn, countColumn, textColumn } from './columns.js';
import { keyCells, type View } from './view.js';

const SPARK_WIDTH = 12;

export const labelsView: View<LabelRow> = {
  name: 'labels',
  rows: ({ labels }) => labels,
  columns: ({ labels, timeline }, { paint }) => {
    const overTime = new Map(timeline?.labels.map(({ label, bytes }) => [label, bytes]));
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
      {
        ...textColumn('over time', ({ label }) => sparkline(overTime.get(label) ?? [], SPARK_WIDTH), Infinity, {
          expendable: 3,
        }),
        paint: paint.bar,
      },
    ];
  },
  cells: keyCells('label', 'kind', 'category', 'connections', 'lookups', 'packets', 'bytes'),
};
