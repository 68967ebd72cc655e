import { LIMIT_WORDS, type LimitName } from '../report/limit-words.js';
import type { Analysis } from './recognition.js';

/** A limit that was reached: how often, the effect, and the option that raises it. */
export interface LimitReached {
  /** Key in the report's `limits`. */
  readonly name: LimitName;
  readonly count: number;
  /** A sentence without its full stop. */
  readonly sentence: string;
}

/**
 * Says how many connections passed the rules though a limit left a part of them unread; empty where there were none,
 * and without block rules.
 */
export function passedByLimits({ recognition: { verdicts, inspection } }: Analysis): string[] {
  const { passed } = inspection.uninspected;
  if (passed === 0 || verdicts === null || !verdicts.rules.blocksAnything) return [];
  const connections = passed === 1 ? '1 connection' : `${passed} connections`;
  return [`${connections} passed the rules though a limit left a part unread (--on-limit block drops them)`];
}

/** The limits that were reached; empty when there were none. `docs/limits.md` explains each. */
export function limitsReached({ totals, recognition }: Analysis): LimitReached[] {
  const { answers, names, labels, limits, facts } = recognition;
  const timeline = facts?.timeline ?? null;
  const hosts = facts?.hosts ?? null;
  const { streams, servers, datagrams, candidates, synData, techniques, context } = recognition.inspection;
  const counts: Record<LimitName, number> = {
    connections_ended_early: totals.evictedConnections,
    reassembly_refused: streams.overflows,
    copies_not_compared: candidates.refused + synData.refused + techniques.refused,
    server_hellos_refused: servers.refused,
    segments_not_told_apart: totals.unnumberedSegments,
    fragments_given_up: totals.evictedDatagrams,
    handshakes_refused: datagrams.refused,
    hellos_not_read: datagrams.unread,
    hello_pieces_refused: context.refusedPieces,
    dns_answers_forgotten: answers.evicted,
    names_not_kept: names.refused,
    names_forgotten: names.forgotten,
    names_not_kept_of_a_connection: labels.moreNames.refused,
    timeline_amounts_late: timeline?.refused ?? 0,
    timeline_labels_left_out: timeline?.unlisted ?? 0,
    timeline_interval_doubled: timeline?.widened ?? 0,
    hosts_not_listed: hosts?.table.evicted ?? 0,
    pairs_not_listed: facts?.pairs?.evicted ?? 0,
    host_labels_left_out: hosts?.labelAmounts.refused ?? 0,
    host_names_left_out: hosts?.names?.refused ?? 0,
    frames_not_placed: recognition.frames?.refused ?? 0,
    domains_not_listed: Math.max(0, names.used - limits.maxDomainRows),
  };
  return (Object.entries(counts) as [LimitName, number][])
    .filter(([, count]) => count > 0)
    .map(([name, count]) => {
      const { effect, option } = LIMIT_WORDS[name];
      // Where only the largest hosts are of interest, the option does not raise their bound.
      const raising = name === 'hosts_not_listed' && hosts?.links === null ? '--view hosts' : option;
      return { name, count, sentence: `${count} ${effect}${raising === '' ? '' : ` (${raising})`}` };
    });
}
