import { useMemo } from 'preact/hooks';
import type { EscapeRow, HiddenRow, PolicySummary, TargetRow } from '../../core/report/policy-model.js';
import { unreadWords } from '../../render/hidden-words.js';
import { escapeWords, hiddenWords } from '../../render/policy-words.js';
import { safeText } from '../../render/safe-text.js';
import { Texts } from '../data/texts.js';
import { CopyButton } from './copy-button.js';
import { type Column, DataTable } from './data-table.js';
import { Notes } from './notes.js';
import { TextsProvider } from './page-context.js';
import { Panel } from './panel.js';

/** What block rules would have stopped, what escapes by which route, and the option that stops it. */
export function PolicyReport({ policy }: { policy: PolicySummary }) {
  const texts = useMemo(() => new Texts(), []);
  const { targets, escapes, hidden, inputs, rules } = policy;
  const notes = [
    ...unreadWords(policy.unread, policy.total_packets).map((words) => `Unread: ${words}`),
    ...policy.warnings,
  ];
  return (
    <TextsProvider value={texts}>
      <header class="head">
        <div>
          <h1>{headline(targets, texts)}</h1>
          <p class="meta">
            {inputs.map(({ name }) => safeText(name.split(/[/\\]/).pop() ?? name)).join(', ')} ·{' '}
            {texts.plural(rules.count, 'rule')} · {texts.plural(policy.blocked_connections, 'connection')} of{' '}
            {texts.count(policy.total_connections)} and {texts.plural(policy.dropped_packets, 'packet')} of{' '}
            {texts.count(policy.total_packets)} blocked
          </p>
        </div>
      </header>
      <main>
        <Panel id="targets" title="What the rules are after">
          <DataTable
            caption="Targets of the rules"
            columns={targetColumns(texts)}
            rows={targets}
            limit={50}
            nameOf={({ kind, target }) => `${kind} ${target}`}
          />
        </Panel>
        {escapes.length > 0 && (
          <Panel id="escapes" title="What escaped, and what stops it">
            <DataTable
              caption="Escapes"
              columns={escapeColumns(texts)}
              rows={escapes}
              limit={50}
              nameOf={(row) => `${row.target} ${row.route} ${row.remedy} ${row.allowed_by} ${row.example.id}`}
            />
          </Panel>
        )}
        {hidden.length > 0 && (
          <Panel id="hidden" title="What may hide a blocked site">
            <DataTable
              caption="Connections whose site cannot be told"
              columns={hiddenColumns(texts)}
              rows={hidden}
              limit={50}
              nameOf={(row) => `${row.route} ${row.remedy} ${row.example.id}`}
            />
          </Panel>
        )}
        <Notes notes={notes} />
      </main>
    </TextsProvider>
  );
}

function headline(targets: readonly TargetRow[], texts: Texts): string {
  const escaped = targets.filter(({ verdict }) => verdict === 'escaped').length;
  if (escaped > 0) return `${texts.plural(escaped, 'target')} escaped the rules`;
  const isUnseen = targets.some(({ verdict }) => verdict === 'unseen');
  return isUnseen ? 'Nothing is known to have escaped: not all could be read' : 'Nothing escaped the rules';
}

function targetColumns(texts: Texts): Column<TargetRow>[] {
  const count = (title: string, of: (row: TargetRow) => number, from?: 'mid' | 'wide'): Column<TargetRow> => ({
    title,
    isNumber: true,
    from,
    cell: (row) => (of(row) === 0 ? '' : texts.count(of(row))),
  });
  return [
    { title: 'Target', cell: ({ target }) => target },
    {
      title: 'Verdict',
      cell: ({ verdict }) => <span class={verdict === 'escaped' ? 'trouble' : undefined}>{safeText(verdict)}</span>,
    },
    count('Conns', (row) => row.connections),
    count('Stopped', (row) => row.stopped),
    count('Late', (row) => row.late),
    count('Escaped', (row) => row.escaped),
    count('Look-ups', (row) => row.lookups, 'wide'),
    {
      title: 'Passed',
      isNumber: true,
      from: 'mid',
      cell: ({ passed_bytes: bytes }) => (bytes === 0 ? '' : texts.bytes(bytes)),
      exact: ({ passed_bytes: bytes }) => texts.exactBytes(bytes),
    },
  ];
}

function escapeColumns(texts: Texts): Column<EscapeRow>[] {
  return [
    { title: 'Target', cell: ({ target }) => target },
    { title: 'How', cell: (row) => escapeWords(row) },
    { title: 'Conns', isNumber: true, cell: ({ connections }) => texts.count(connections) },
    { title: 'Bytes', isNumber: true, from: 'mid', cell: (row) => texts.bytes(row.passed_bytes) },
    { title: 'Name', from: 'wide', cell: ({ example }) => example.domain ?? example.dst_ip },
    { title: 'Stopped by', cell: ({ remedy }) => <Remedy remedy={remedy} /> },
  ];
}

function hiddenColumns(texts: Texts): Column<HiddenRow>[] {
  return [
    { title: 'How', cell: (row) => hiddenWords(row) },
    { title: 'Conns', isNumber: true, cell: ({ connections }) => texts.count(connections) },
    { title: 'Bytes', isNumber: true, from: 'mid', cell: (row) => texts.bytes(row.passed_bytes) },
    { title: 'Stopped by', cell: ({ remedy }) => <Remedy remedy={remedy} /> },
  ];
}

function Remedy({ remedy }: { remedy: string | null }) {
  if (remedy === null) return <span class="faint">no rule</span>;
  return (
    <>
      <code>{safeText(remedy)}</code> <CopyButton text={remedy} label="the option" />
    </>
  );
}
