import type { FindingRow, RuleRow } from '../../core/report/model.js';
import { safeText } from '../../render/safe-text.js';
import { valuesOf } from '../data/selection.js';
import { type Column, DataTable } from './data-table.js';
import { usePage } from './page-context.js';
import { Panel } from './panel.js';

/** What the rules in force would have done, and conditions that were met. */
export function Rules() {
  const { data, texts, selection, toggle } = usePage();
  const { rules, findings } = data.summary;
  if (rules.count === 0 && findings.length === 0) return null;
  const picked = valuesOf(selection, 'rule');
  const amounts = <Row extends RuleRow | FindingRow>(): Column<Row>[] => [
    { title: 'Conns', isNumber: true, cell: (row) => texts.count(row.connections) },
    { title: 'Packets', isNumber: true, cell: (row) => texts.count(row.packets) },
    {
      title: 'Bytes',
      isNumber: true,
      cell: (row) => texts.bytes(row.bytes),
      exact: (row) => texts.exactBytes(row.bytes),
    },
  ];
  return (
    <Panel id="rules" title="Rules" note={`${texts.plural(rules.count, 'rule')} in force, of the whole capture`}>
      {findings.length > 0 && (
        <DataTable
          caption="Conditions that were met"
          columns={[{ title: 'Condition met', cell: ({ condition }) => safeText(condition) }, ...amounts<FindingRow>()]}
          rows={findings}
          nameOf={({ condition }) => condition}
        />
      )}
      {rules.decided.length > 0 && (
        <DataTable
          caption="What rules decided"
          columns={[
            { title: 'Rule', cell: ({ rule }) => safeText(rule) },
            { title: 'Action', cell: ({ action }) => action },
            ...amounts<RuleRow>(),
          ]}
          rows={rules.decided}
          nameOf={({ rule }) => rule}
          onPick={({ rule }) => toggle('rule', rule)}
          isPicked={({ rule }) => picked.includes(rule)}
        />
      )}
      {rules.unused_count > 0 && (
        <p class="note">
          {texts.plural(rules.unused_count, 'rule')} decided nothing: {rules.unused.map(safeText).join(', ')}
          {rules.unused_count > rules.unused.length && ', …'}
        </p>
      )}
    </Panel>
  );
}
