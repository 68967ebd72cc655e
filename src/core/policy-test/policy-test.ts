import type { PacketBatch } from '../capture/packet-batch.js';
import { detectedBy } from '../classify/evidence.js';
import { TCP } from '../common/ip-protocols.js';
import { Pipeline, type PipelineOptions } from '../engine/pipeline.js';
import { FLOW_NAME_ENCRYPTED, FLOW_SYNS } from '../flow/flow-flags.js';
import { BlockTargets } from '../policy/block-targets.js';
import type { Outcome } from '../report/escape-route.js';
import { HiddenRoutes } from '../report/hidden-route.js';
import type { ConnectionRecord } from '../report/model.js';
import { PolicyTally } from '../report/policy-tally.js';

/** Applies rules to captures as a filter on the path would, and sums up what they should stop and what passed. */
export class PolicyTest {
  readonly pipeline: Pipeline;
  readonly tally: PolicyTally;
  private readonly targets: BlockTargets;
  private readonly hiddenRoutes: HiddenRoutes;
  /** Targets of the connection that `ended` takes next. */
  private places: readonly number[] = [];
  private outcome: Outcome = {
    covered: false,
    isByTarget: false,
    allowedBy: null,
    sentBytes: 0,
    answerBytes: 0,
    nameEncrypted: false,
    isMidStream: false,
    hiddenRoute: null,
    resolver: null,
  };

  /** `options.rules` must not be empty. */
  constructor(options: Omit<PipelineOptions, 'onVerdict' | 'onConnection' | 'countPassed' | 'handshakes' | 'top'>) {
    const rules = options.rules!;
    this.targets = new BlockTargets(rules, options.apps);
    this.tally = new PolicyTally(this.targets.list, rules.hasNameRules || rules.hasAppRules);
    this.pipeline = new Pipeline({
      ...options,
      top: 0,
      countPassed: true,
      handshakes: true,
      onVerdict: (row) => this.decided(row),
      onConnection: (connection) => this.ended(connection),
    });
    this.hiddenRoutes = new HiddenRoutes(this.pipeline.flows, this.pipeline.recognition.labels, options.apps);
  }

  get packets(): number {
    return this.pipeline.packets;
  }

  get bytes(): number {
    return this.pipeline.bytes;
  }

  run(batch: PacketBatch): void {
    this.pipeline.run(batch);
  }

  /** Called before the connection's record is read and its row freed. */
  private decided(row: number): void {
    const { flows, recognition } = this.pipeline;
    const { judge, verdicts } = recognition;
    const passed = judge!.passed!;
    const { rules } = verdicts!;
    const isTcp = flows.ipProtocolOf(row) === TCP;
    const isDns = detectedBy(flows.evidenceOf(row)) === 'dns';
    const matches = verdicts!.matchesOf(row);
    // The messages of a DNS connection are decided one by one.
    const decision = isDns ? matches.find((rule) => rules.isAllow(rule)) : verdicts!.ruleOf(row);
    const hiddenRoute = this.hiddenRoutes.routeOf(row);
    const blocks = matches.some((rule) => rules.isBlock(rule));
    const led = blocks || isDns ? [] : verdicts!.blocksOfTargets(row);
    this.places = this.targets.of(flows.appOf(row), matches);
    const isByTarget = led.length > 0 && this.places.length === 0;
    if (isByTarget) this.places = this.targets.of(0, led);
    this.outcome = {
      covered: blocks,
      isByTarget,
      allowedBy: decision !== undefined && rules.isAllow(decision) ? rules.ruleId(decision) : null,
      sentBytes: passed.sent(row),
      answerBytes: passed.answered(row),
      nameEncrypted: flows.hasFlag(row, FLOW_NAME_ENCRYPTED),
      isMidStream: isTcp && !flows.hasFlag(row, FLOW_SYNS),
      hiddenRoute,
      resolver: this.hiddenRoutes.resolver,
    };
  }

  private ended(connection: ConnectionRecord): void {
    this.tally.add(connection, this.outcome, this.places);
  }
}
