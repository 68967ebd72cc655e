import type { ProtocolRow } from '../../core/report/model.js';
import { percentText } from '../quantities.js';
import { amountColumn, bytesColumn, countColumn, textColumn } from './columns.js';
import { keyCells, type View } from './view.js';

export const protocolsView: View<ProtocolRow> = {
  name: 'protocols',
  rows: ({ protocols }) => protocols,
  columns: ({ protocols }) => {
    const all = protocols.reduce((sum, { bytes }) => sum + bytes, 0);
    return [
      textColumn('Protocols', ({ protocol }) => protocol, 12),
      countColumn('connections', ({ connections }) => connections),
      countColumn('packets', ({ packets }) => packets),
      bytesColumn('bytes', ({ bytes }) => bytes),
      amountColumn('', ({ bytes }) => percentText(bytes, all)),
    ];
  },
  cells: keyCells('protocol', 'connections', 'packets', 'bytes'),
};
