import type { RuleSet } from './rule-set.js';

/** Room for rules that changes add. */
const SPARE_SLOTS = 1024;

/** Counts of one rule's decisions. */
export interface RuleTally {
  /** Number of the rule in its set. */
  readonly rule: number;
  /** Connections that it decided. */
  readonly connections: number;
  /** Packets that it dropped or let pass, and their bytes on the wire. */
  readonly packets: number;
  readonly bytes: number;
  /** Number of the first packet that it decided, 0 when none is known. */
  readonly firstPacket: number;
}

/** Counts what each rule of a set decides. Memory grows with the rules that decide something, not with the set. */
export class RuleTallies {
  /** Place in the lists below + 1 by rule number, 0 for a rule that has decided nothing. */
  private slots: Int32Array;
  private readonly ruleNumbers: number[] = [];
  private readonly connections: number[] = [];
  private readonly packets: number[] = [];
  private readonly bytes: number[] = [];
  private readonly firstPackets: number[] = [];

  constructor(private rules: RuleSet) {
    this.slots = new Int32Array(rules.total);
  }

  /** Numbers of the rules that decided something, in the order in which they first did. */
  get deciding(): readonly number[] {
    return this.ruleNumbers;
  }

  /** Goes on with a set in which all rules have kept their numbers. */
  follow(rules: RuleSet): void {
    this.rules = rules;
    if (rules.total <= this.slots.length) return;
    const slots = new Int32Array(rules.total + SPARE_SLOTS);
    slots.set(this.slots);
    this.slots = slots;
  }

  /** The same counts for a set in which rule `n` has the number `renumbered[n]`, -1 for one that is left out. */
  carriedTo(rules: RuleSet, renumbered: Int32Array): RuleTallies {
    const next = new RuleTallies(rules);
    for (const [i, old] of this.ruleNumbers.entries()) {
      if (renumbered[old] === -1) continue;
      const slot = next.slotOf(renumbered[old]!);
      next.connections[slot]! += this.connections[i]!;
      next.packets[slot]! += this.packets[i]!;
      next.bytes[slot]! += this.bytes[i]!;
      next.firstPackets[slot] = this.firstPackets[i]!;
    }
    return next;
  }

  /** The rule decided a packet. */
  packet(rule: number, packetNumber: number, wireLen: number): void {
    const slot = this.slotOf(rule);
    this.packets[slot]!++;
    this.bytes[slot]! += wireLen;
    const first = this.firstPackets[slot]!;
    if (first === 0 || packetNumber < first) this.firstPackets[slot] = packetNumber;
  }

  /** Counts a connection that the rule decided, and those of its packets that `packet` did not count. */
  connection(rule: number, packets: number, bytes: number): void {
    const slot = this.slotOf(rule);
    this.connections[slot]!++;
    this.packets[slot]! += packets;
    this.bytes[slot]! += bytes;
  }

  /** The rules that decided something, those with the most packets first. */
  decided(): RuleTally[] {
    const tallies = this.ruleNumbers.map((rule, i) => ({
      rule,
      connections: this.connections[i]!,
      packets: this.packets[i]!,
      bytes: this.bytes[i]!,
      firstPacket: this.firstPackets[i]!,
    }));
    return tallies.sort((a, b) => b.packets - a.packets || b.connections - a.connections || a.rule - b.rule);
  }

  /** How many of the rules in force decided nothing. */
  get unusedCount(): number {
    return this.rules.size - this.ruleNumbers.filter((rule) => !this.rules.isGone(rule)).length;
  }

  /** Numbers of the first `max` of them. */
  unused(max: number): number[] {
    const numbers: number[] = [];
    for (let rule = 0; rule < this.rules.bound && numbers.length < max; rule++) {
      if (this.slots[rule] === 0 && !this.rules.isGone(rule)) numbers.push(rule);
    }
    return numbers;
  }

  private slotOf(rule: number): number {
    const slot = this.slots[rule]! - 1;
    if (slot >= 0) return slot;
    this.connections.push(0);
    this.packets.push(0);
    this.bytes.push(0);
    this.firstPackets.push(0);
    this.slots[rule] = this.ruleNumbers.push(rule);
    return this.ruleNumbers.length - 1;
  }
}
