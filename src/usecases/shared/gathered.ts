import type { PipelineOptions } from '../../core/engine/options.js';
import type { Need } from '../../core/select/fields.js';
import type { Selection } from '../../core/select/selection.js';

/** What a pipeline gathers besides names: see PipelineOptions. */
export type Gathered = Pick<PipelineOptions, 'facts' | 'handshakes'>;

/** What a report shows, and what the selection and the order of connections (`more`) ask about. */
export function gathered(
  selection: Selection | null,
  { facts, handshakes }: Gathered,
  more: readonly Need[] = [],
): Gathered {
  const needs = new Set([...(selection?.needs ?? []), ...more]);
  const packets = needs.has('packets');
  const quality = needs.has('quality');
  return {
    facts:
      packets || quality ? { ...facts, ...(packets && { packets }), ...(quality && { quality: 'details' }) } : facts,
    handshakes: handshakes === true || needs.has('handshakes'),
  };
}
