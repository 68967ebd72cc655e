import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { Crossfilter } from '../data/crossfilter.js';
import type { FacetName } from '../data/facets.js';
import { Colours } from '../data/label-colours.js';
import type { ReportData } from '../data/report-data.js';
import { type Selection, toggled, widened } from '../data/selection.js';
import { Texts } from '../data/texts.js';
import { ConnectionPanel } from './connection-panel.js';
import { Connections } from './connections.js';
import { DnsPanel } from './dns.js';
import { Encryption } from './encryption.js';
import { Figures, Head, Problems } from './head.js';
import { Hosts } from './hosts.js';
import { Labels } from './labels.js';
import { Matrix } from './matrix.js';
import { type Page, PageProvider, TextsProvider } from './page-context.js';
import { Quality } from './quality.js';
import { Rules } from './rules.js';
import { SelectionBar } from './selection-bar.js';
import { Timeline } from './timeline.js';
import { Untold } from './untold.js';
import { usePageState } from './use-page-state.js';

/** A report: all its views, with one selection. `tools` is shown beside the selection and may use the page. */
export function Report({ data, tools }: { data: ReportData; tools?: ComponentChildren }) {
  const filter = useMemo(() => new Crossfilter(data), [data]);
  const colours = useMemo(() => new Colours(data.summary.labels.map(({ label }) => label)), [data]);
  const [isUtc, setUtc] = useState(true);
  const texts = useMemo(() => new Texts(undefined, isUtc ? 'UTC' : undefined), [isUtc]);
  const [{ selection, connection }, setState] = usePageState();
  const selected = useMemo(() => filter.select(selection), [filter, selection]);
  const page: Page = {
    data,
    filter,
    selected,
    selection,
    connection,
    texts,
    colours,
    select: (next: Selection, isTransient = false) => setState({ selection: next, connection }, isTransient),
    toggle: (kind: FacetName, value: string) => setState({ selection: toggled(selection, kind, value), connection }),
    open: (id: number | null) => setState({ selection, connection: id }),
  };
  // Before the next key: an effect after painting would leave Escape with the selection before.
  useLayoutEffect(() => {
    const widen = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if (connection !== null) setState({ selection, connection: null });
      else if (selection.length > 0) setState({ selection: widened(selection), connection });
    };
    document.addEventListener('keydown', widen);
    return () => document.removeEventListener('keydown', widen);
  }, [selection, connection, setState]);
  return (
    <TextsProvider value={texts}>
      <PageProvider value={page}>
        <Head isUtc={isUtc} onZone={setUtc} />
        <Problems />
        <SelectionBar tools={tools} />
        <main>
          <Figures />
          <Timeline />
          <div class="grid">
            <Labels />
            <Hosts />
          </div>
          <Connections />
          <div class="grid">
            <Matrix />
            <Quality />
          </div>
          <Encryption />
          <div class="grid">
            <DnsPanel />
            <Untold />
          </div>
          <Rules />
        </main>
        <ConnectionPanel />
      </PageProvider>
    </TextsProvider>
  );
}
