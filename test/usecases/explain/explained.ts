import type { Explanation } from '../../../src/core/explain/model.js';
import { type ExplainOptions, type ExplainResult, explainConnections } from '../../../src/usecases/explain/explain.js';

/** Explanations of a capture file, all of them unless `options` say otherwise. */
export async function explained(
  file: string,
  what: string,
  options: Partial<ExplainOptions> = {},
): Promise<{ explanations: Explanation[]; result: ExplainResult }> {
  const explanations: Explanation[] = [];
  const onExplanation = (explanation: Explanation) => void explanations.push(explanation);
  const result = await explainConnections([file], {
    what,
    limit: Number.POSITIVE_INFINITY,
    onExplanation,
    ...options,
  });
  return { explanations, result };
}

/** The connections of a file with addresses of either version. */
export async function allExplained(file: string): Promise<Explanation[]> {
  const v4 = await explained(file, '0.0.0.0/0');
  const v6 = await explained(file, '::/0');
  return [...v4.explanations, ...v6.explanations];
}
