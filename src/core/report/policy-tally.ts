import type { BlockTarget } from '../policy/block-targets.js';
import { type Outcome, remedyOf, routeOf } from './escape-route.js';
import { hiddenRemedyOf } from './hidden-route.js';
import type { ConnectionRecord } from './model.js';
import type { EscapeRow, HiddenRow, PolicyExample, TargetRow } from './policy-model.js';

/** Rows of escapes kept apart by what would stop them; beyond it, those of a target and route share one. */
const MAX_ESCAPE_ROWS = 10_000;
const MAX_HIDDEN_ROWS = 1000;
const LEAST_QUIC_ANSWER_LEN = 1200;
/** Clients known to use encrypted DNS. */
const MAX_CLIENTS = 65_536;

type Escape = EscapeRow & { place: number; client: string | null };

/** Adds up what became of connections that rules were to stop. Memory has bounds however many connections there are. */
export class PolicyTally {
  private readonly targets: TargetRow[] = [];
  private readonly escapes = new Map<string, Escape>();
  private readonly hidden = new Map<string, HiddenRow>();
  private readonly encryptedDnsClients = new Set<string>();

  /** `hides` is false where nothing that the rules block can hide. */
  constructor(
    private readonly list: readonly BlockTarget[],
    private readonly hides: boolean,
  ) {}

  /** A connection that has ended; `places` are those of its targets in the list. */
  add(connection: ConnectionRecord, outcome: Outcome, places: readonly number[]): void {
    const dropped = connection.packets !== connection.passed_packets;
    const isLookup = connection.detected_by === 'dns';
    const isEmpty = !dropped && outcome.sentBytes === 0 && outcome.answerBytes === 0;
    const isStopped = dropped && (isLookup || !isAnswered(connection, outcome));
    if (outcome.hiddenRoute === 'encrypted-dns' && !dropped && this.encryptedDnsClients.size < MAX_CLIENTS) {
      this.encryptedDnsClients.add(connection.src_ip);
    }
    for (const place of places) {
      const target = this.targetAt(place);
      if (isLookup) {
        target.lookups++;
        if (isStopped) target.lookups_stopped++;
      } else {
        target.connections++;
        if (isStopped) target.stopped++;
        else if (dropped) target.late++;
        else if (isEmpty) target.empty++;
        else target.escaped++;
        if (isStopped && connection.detected_by === 'quic') target.stopped_by_quic++;
      }
      if (isStopped || isEmpty) continue;
      target.passed_bytes += connection.passed_bytes;
      target.answer_bytes += outcome.answerBytes;
      this.escape(place, connection, outcome, dropped);
    }
    if (!this.hides || places.length > 0 || dropped || isEmpty || isLookup) return;
    this.hide(connection, outcome);
  }

  /**
   * Every target of the rules: what escaped first, by bytes, then what was stopped, then what was not there.
   * `isAllRead` is false if packets were left unread: then nothing counts as absent.
   */
  targetRows(isAllRead = true): TargetRow[] {
    const rows = this.list.map((_, place) => this.targetAt(place));
    for (const row of rows) row.verdict = this.verdictOf(row, isAllRead);
    const order = ['escaped', 'stopped', 'unseen', 'absent'];
    return rows.sort(
      (a, b) =>
        order.indexOf(a.verdict) - order.indexOf(b.verdict) ||
        b.passed_bytes - a.passed_bytes ||
        b.connections - a.connections ||
        byText(a.target, b.target),
    );
  }

  /** How it escaped, those with the most bytes first. */
  escapeRows(): EscapeRow[] {
    const merged = new Map<string, EscapeRow>();
    for (const { place, client, ...row } of this.escapes.values()) {
      if (client !== null && this.encryptedDnsClients.has(client)) row.route = 'encrypted-dns';
      const key = keyOf(place, row);
      const known = merged.get(key);
      if (known === undefined) merged.set(key, row);
      else merge(known, row);
    }
    return [...merged.values()].sort(
      (a, b) => b.passed_bytes - a.passed_bytes || b.connections - a.connections || a.example.id - b.example.id,
    );
  }

  hiddenRows(): HiddenRow[] {
    const rows = [...this.hidden.values()];
    return rows.sort(
      (a, b) => b.passed_bytes - a.passed_bytes || b.connections - a.connections || a.example.id - b.example.id,
    );
  }

  private verdictOf(row: TargetRow, isAllRead: boolean): TargetRow['verdict'] {
    if (row.connections + row.lookups === 0) {
      // Addresses and ports are seen even where the site is not.
      const mayHide = this.hidden.size > 0 && (row.kind === 'app' || row.kind === 'category' || row.kind === 'domain');
      return isAllRead && !mayHide ? 'absent' : 'unseen';
    }
    const cameThrough = row.late + row.escaped + row.lookups - row.lookups_stopped;
    return cameThrough > 0 ? 'escaped' : 'stopped';
  }

  private targetAt(place: number): TargetRow {
    const known = this.targets[place];
    if (known !== undefined) return known;
    const { name: target, kind } = this.list[place]!;
    const counts = { connections: 0, stopped: 0, late: 0, escaped: 0, empty: 0, stopped_by_quic: 0 };
    const row: TargetRow = {
      target,
      kind,
      verdict: 'absent',
      ...counts,
      lookups: 0,
      lookups_stopped: 0,
      passed_bytes: 0,
      answer_bytes: 0,
    };
    this.targets[place] = row;
    return row;
  }

  private escape(place: number, connection: ConnectionRecord, outcome: Outcome, isLate: boolean): void {
    const route = routeOf(connection, outcome);
    const row: Escape = {
      target: this.list[place]!.name,
      route,
      remedy: remedyOf(route, connection),
      allowed_by: route === 'allow-rule' ? outcome.allowedBy : null,
      connections: 1,
      late: isLate ? 1 : 0,
      lookups: connection.detected_by === 'dns' ? 1 : 0,
      passed_packets: connection.passed_packets,
      passed_bytes: connection.passed_bytes,
      answer_bytes: outcome.answerBytes,
      example: exampleOf(connection),
      place,
      // Whether its client hides its look-ups may be known at the end only.
      client: connection.detected_by === 'ip-range' && route !== 'mid-stream' ? connection.src_ip : null,
    };
    let key = `${keyOf(place, row)} ${row.client}`;
    if (this.escapes.size >= MAX_ESCAPE_ROWS && !this.escapes.has(key)) {
      row.remedy = null;
      row.allowed_by = null;
      row.client = null;
      key = keyOf(place, row);
    }
    const known = this.escapes.get(key);
    if (known === undefined) this.escapes.set(key, row);
    else merge(known, row);
  }

  private hide(connection: ConnectionRecord, outcome: Outcome): void {
    const route = outcome.hiddenRoute;
    if (route === null) return;
    const row: HiddenRow = {
      route,
      remedy: hiddenRemedyOf(route, connection, outcome.resolver),
      connections: 1,
      passed_packets: connection.passed_packets,
      passed_bytes: connection.passed_bytes,
      example: exampleOf(connection),
    };
    if (this.hidden.size >= MAX_HIDDEN_ROWS && !this.hidden.has(`${route} ${row.remedy}`)) row.remedy = null;
    const key = `${route} ${row.remedy}`;
    const known = this.hidden.get(key);
    if (known === undefined) this.hidden.set(key, row);
    else merge(known, row);
  }
}

/** A QUIC server that sends less than the least datagram with content has only acknowledged (RFC 9000 §14.1). */
function isAnswered({ app_protocol: spoken }: ConnectionRecord, { answerBytes }: Outcome): boolean {
  return spoken === 'quic' ? answerBytes >= LEAST_QUIC_ANSWER_LEN : answerBytes > 0;
}

/** The first connection stays the example: of many that are alike, it is as good as any, and found by every run. */
function merge(into: HiddenRow | EscapeRow, row: HiddenRow | EscapeRow): void {
  if (row.example.id < into.example.id) into.example = row.example;
  into.connections += row.connections;
  into.passed_packets += row.passed_packets;
  into.passed_bytes += row.passed_bytes;
  if (!('late' in into && 'late' in row)) return;
  into.late += row.late;
  into.lookups += row.lookups;
  into.answer_bytes += row.answer_bytes;
}

function keyOf(place: number, { route, remedy, allowed_by: rule }: EscapeRow): string {
  return `${place} ${route} ${remedy} ${rule}`;
}

function exampleOf(connection: ConnectionRecord): PolicyExample {
  const { id, protocol, src_ip, src_port, dst_ip, dst_port, domain, app, app_protocol, detected_by } = connection;
  const { techniques, evidence_packet, first_packet, last_packet, input, first_frame, evidence_frame } = connection;
  const ends = { id, protocol, src_ip, src_port, dst_ip, dst_port };
  const packets = { evidence_packet, first_packet, last_packet, input, first_frame, evidence_frame };
  return { ...ends, domain, app, app_protocol, detected_by, techniques, ...packets };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
