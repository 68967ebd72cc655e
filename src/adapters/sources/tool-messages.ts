import { DpiError } from '../../core/common/error.js';
import type { CaptureRequest, CaptureTool } from './capture-tool.js';

/** Most characters kept of the tool's messages; the oldest are dropped first. */
const MAX_LINES = 40;
const MAX_LINE_LEN = 1000;

/**
 * Parses a capture tool's standard error: how many packets it lost, whether it has begun, and its errors.
 */
export class ToolMessages {
  /** Packets lost so far; null before the tool's first report. */
  dropped: number | null = null;
  /** True once it captures. */
  hasBegun = false;
  /** Its other lines. */
  readonly lines: string[] = [];
  private rest = '';

  /** Takes output in pieces of any size. */
  take(text: string): void {
    const lines = (this.rest + text).split(/\r\n|\r|\n/);
    this.rest = lines.pop()!.slice(0, MAX_LINE_LEN);
    for (const line of lines) this.line(line.slice(0, MAX_LINE_LEN).trim());
  }

  /** Call when the tool has ended: the last line may lack a line feed. */
  end(): void {
    this.line(this.rest.trim());
    this.rest = '';
  }

  /** The tool's error message, '' without one. */
  get complaint(): string {
    const line = this.lines.find((one) => /^(?:dumpcap|tcpdump): /.test(one)) ?? this.lines[0] ?? '';
    return line.replace(/^(?:dumpcap|tcpdump): /, '').replace(/\.$/, '');
  }

  private line(line: string): void {
    if (line === '' || this.isCount(line)) return;
    if (/^(?:tcpdump: )?listening on |^File: /.test(line)) {
      this.hasBegun = true;
      return;
    }
    if (/^Capturing on /.test(line)) return;
    this.lines.push(line);
    if (this.lines.length > MAX_LINES) this.lines.shift();
  }

  private isCount(line: string): boolean {
    const ofDumpcap = /^Packets received\/dropped on interface .*: \d+\/(\d+) /.exec(line);
    const ofTcpdump = /(\d+) packets? dropped by kernel/.exec(line);
    const count = ofDumpcap ?? ofTcpdump;
    if (count !== null) this.dropped = Number(count[1]);
    return count !== null || /^Packets captured: |^(?:tcpdump: )?\d+ packets? (?:captured|received|dropped)/.test(line);
  }
}

/** The error for a tool that ended before it captured anything. `names` are the interfaces that exist. */
export function startFailure(
  tool: CaptureTool,
  request: CaptureRequest,
  messages: ToolMessages,
  names: readonly string[],
): DpiError {
  const { interfaceName, filter } = request;
  const said = messages.lines.join(' ');
  if (/permission|not permitted|must be root|root privileges/i.test(said)) {
    return new DpiError(
      'capture-not-permitted',
      `no right to capture on ${interfaceName}: run dpi as root, or let ${tool.name} capture for you ` +
        `('sudo setcap cap_net_raw,cap_net_admin=ep ${tool.path}')`,
    );
  }
  if (/no such device|no device named|doesn't exist|no such interface/i.test(said)) {
    const known =
      names.length === 0 ? "'dpi live --list' shows what there is" : `the interfaces are ${names.join(', ')}`;
    return new DpiError('no-such-interface', `there is no interface '${interfaceName}'; ${known}`);
  }
  if (filter !== null && /capture filter|filter expression|syntax error/i.test(said)) {
    const reason = /\(([^()]*)\)/.exec(said)?.[1] ?? messages.complaint;
    const cause = reason.replace(/^can't parse filter expression: /, '');
    return new DpiError('bad-filter', `'${filter}' is no capture filter: ${cause}; 'man pcap-filter' explains them`);
  }
  const reason = messages.complaint === '' ? 'it says nothing about why' : messages.complaint;
  return new DpiError('capture-failed', `${tool.name} can't capture on ${interfaceName}: ${reason}`);
}
