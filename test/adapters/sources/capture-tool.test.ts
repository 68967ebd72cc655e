import { describe, expect, it } from 'vitest';
import { captureArgs, noTool, parseInterfaces } from '../../../src/adapters/sources/capture-tool.js';
import { startFailure, ToolMessages } from '../../../src/adapters/sources/tool-messages.js';

const DUMPCAP = { name: 'dumpcap', path: '/usr/bin/dumpcap' } as const;
const TCPDUMP = { name: 'tcpdump', path: '/usr/sbin/tcpdump' } as const;
const REQUEST = { interfaceName: 'eth7', filter: 'foo bar', snapLen: null };

function messages(...pieces: string[]): ToolMessages {
  const read = new ToolMessages();
  for (const piece of pieces) read.take(piece);
  read.end();
  return read;
}

describe('parseInterfaces', () => {
  it('reads the list of tcpdump 4.99', () => {
    const text =
      '1.eth0 [Up, Running, Connected]\n2.any (Pseudo-device that captures on all interfaces) [Up, Running]\n4.ifb0 [none]\n';
    expect(parseInterfaces(text)).toEqual([
      { name: 'eth0', description: 'up, running, connected' },
      { name: 'any', description: 'Pseudo-device that captures on all interfaces, up, running' },
      { name: 'ifb0', description: '' },
    ]);
  });

  it('reads the list of dumpcap 4.0', () => {
    expect(parseInterfaces('1. eth0\n3. lo (Loopback)\n7. nflog (Linux netfilter log (NFLOG) interface)\n')).toEqual([
      { name: 'eth0', description: '' },
      { name: 'lo', description: 'Loopback' },
      { name: 'nflog', description: 'Linux netfilter log (NFLOG) interface' },
    ]);
  });
});

describe('captureArgs', () => {
  it('never lets a filter be taken for an option', () => {
    const args = captureArgs('tcpdump', { interfaceName: 'lo', filter: '-r /etc/passwd', snapLen: 96 });
    expect(args.slice(-2)).toEqual(['--', '-r /etc/passwd']);
    expect(args).toContain('96');
    expect(captureArgs('dumpcap', { interfaceName: 'lo', filter: '-r x', snapLen: null }).slice(-2)).toEqual([
      '-f',
      '-r x',
    ]);
  });
});

describe('ToolMessages', () => {
  const tcpdump =
    'tcpdump: listening on lo, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n' +
    'tcpdump: 5 packets captured, 10 packets received by filter, 3 packets dropped by kernel\n' +
    '7 packets captured\n12 packets received by filter\n4 packets dropped by kernel\n';

  it('counts what tcpdump lost, wherever its text is cut', () => {
    for (let cut = 0; cut <= tcpdump.length; cut++) {
      const read = messages(tcpdump.slice(0, cut), tcpdump.slice(cut));
      expect([read.dropped, read.hasBegun, read.lines]).toEqual([4, true, []]);
    }
  });

  it('counts what dumpcap lost', () => {
    const read = messages(
      "Capturing on 'Loopback: lo'\nFile: -\nPackets captured: 222358\n" +
        "Packets received/dropped on interface 'Loopback: lo': 222358/142484 (pcap:142484/dumpcap:0/flushed:0/ps_ifdrop:0) (60.9%)\n",
    );
    expect([read.dropped, read.hasBegun, read.lines]).toEqual([142_484, true, []]);
  });

  it('knows nothing before the tool says it', () => {
    expect(messages('').dropped).toBeNull();
  });

  it('keeps little of a tool that talks without end', () => {
    const read = messages('x'.repeat(1e6), '\n', 'line\n'.repeat(10_000));
    expect(read.lines.join('').length).toBeLessThan(50_000);
  });
});

describe('startFailure', () => {
  const known = ['eth0', 'lo'];
  const tell = (tool: typeof DUMPCAP | typeof TCPDUMP, said: string) =>
    startFailure(tool, REQUEST, messages(said), known).message;

  it('says that there is no such interface, and which there are', () => {
    const expected = "there is no interface 'eth7'; the interfaces are eth0, lo";
    expect(
      tell(DUMPCAP, 'Capturing on \'eth7\'\ndumpcap: There is no device named "eth7".\n(No such device exists)\n'),
    ).toBe(expected);
    expect(tell(TCPDUMP, 'tcpdump: eth7: No such device exists\n(No such device exists)\n')).toBe(expected);
  });

  it('says what right is missing', () => {
    const said =
      'dumpcap: You do not have permission to capture on device "eth7".\n(socket: Operation not permitted)\nPlease check\n';
    expect(tell(DUMPCAP, said)).toBe(
      "no right to capture on eth7: run dpi as root, or let dumpcap capture for you ('sudo setcap cap_net_raw,cap_net_admin=ep /usr/bin/dumpcap')",
    );
    expect(
      tell(
        TCPDUMP,
        "tcpdump: eth7: You don't have permission to perform this capture on that device\n(socket: Operation not permitted)\n",
      ),
    ).toContain('/usr/sbin/tcpdump');
  });

  it('says what is wrong with a filter', () => {
    const expected = "'foo bar' is no capture filter: syntax error; 'man pcap-filter' explains them";
    const ofDumpcap =
      "Capturing on 'lo'\ndumpcap: Invalid capture filter \"foo bar\" for interface 'lo'.\n\nThat string isn't a valid capture filter (can't parse filter expression: syntax error).\nSee the User's Guide\n";
    expect(tell(DUMPCAP, ofDumpcap)).toBe(expected);
    expect(tell(TCPDUMP, "tcpdump: can't parse filter expression: syntax error\n")).toBe(expected);
  });

  it('hands on what it does not know', () => {
    expect(tell(TCPDUMP, 'tcpdump: eth7: That device is not up\n')).toBe(
      "tcpdump can't capture on eth7: eth7: That device is not up",
    );
    expect(tell(TCPDUMP, '')).toContain('nothing about why');
  });

  it('says what to install', () => {
    expect(noTool().message).toContain('neither dumpcap nor tcpdump');
    expect(noTool('dumpcap').message).toContain('dumpcap is not installed');
  });
});
