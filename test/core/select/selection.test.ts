import { describe, expect, it } from 'vitest';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import type { ConnectionRecord } from '../../../src/core/report/model.js';
import { parseSelection, type SelectionTexts } from '../../../src/core/select/selection.js';
import { connection } from '../../support/report-fixture.js';

const APPS = createAppTable();
const BEGIN_MICROS = 1_772_360_040_000_000;

function selects(texts: SelectionTexts, changes: Partial<ConnectionRecord> = {}): boolean {
  return parseSelection(texts, APPS)!.selects(connection(changes), BEGIN_MICROS);
}

const messageOf = (texts: SelectionTexts, prefix?: string): string => {
  try {
    parseSelection(texts, APPS, prefix);
  } catch (error) {
    return (error as Error).message;
  }
  return 'no error';
};

describe('a selection', () => {
  it('is null where nothing is asked for', () => {
    expect(parseSelection({}, APPS)).toBeNull();
    expect(parseSelection({ app: [] }, APPS)).toBeNull();
  });

  it('takes one value of each option', () => {
    expect(selects({ app: ['NETFLIX', 'youtube'] })).toBe(true);
    expect(selects({ app: ['YOUTUBE'], port: ['443'] })).toBe(true);
    expect(selects({ app: ['YOUTUBE'], port: ['80'] })).toBe(false);
    expect(selects({ app: ['YOUTUBE'], where: 'bytes > 6M' })).toBe(false);
  });

  it.each<[SelectionTexts, boolean]>([
    [{ app: ['UNKNOWN'] }, false],
    [{ domain: ['ytimg.com'] }, true],
    [{ domain: ['timg.com'] }, false],
    [{ domain: ['=ytimg.com'] }, false],
    [{ domain: ['=I.YTIMG.COM.'] }, true],
    [{ domain: ['*.i.ytimg.com'] }, false],
    [{ domain: ['*.ytimg.com'] }, true],
    [{ host: ['i.ytimg.com'] }, true],
    [{ host: ['ytimg.com'] }, false],
    [{ host: ['10.0.0.5'] }, true],
    [{ host: ['142.250.184.206'] }, true],
    [{ host: ['10.0.0.6'] }, false],
    [{ net: ['10.0.0.0/24'] }, true],
    [{ net: ['142.250.0.0/16'] }, true],
    [{ net: ['10.0.0.77/24'] }, true],
    [{ net: ['2001:db8::/32'] }, false],
    [{ port: ['443'] }, true],
    [{ port: ['400-500'] }, true],
    [{ port: ['tcp/443'] }, true],
    [{ port: ['udp/443'] }, false],
    [{ port: ['51234'] }, false],
    [{ proto: ['tcp'] }, true],
    [{ proto: ['TLS'] }, true],
    [{ proto: ['https'] }, true],
    [{ proto: ['ip-6'] }, true],
    [{ proto: ['ip-17'] }, false],
    [{ proto: ['udp', 'quic'] }, false],
    [{ category: ['VIDEO'] }, true],
    [{ category: ['vpn', 'p2p'] }, false],
  ])('%j selects the connection: %s', (texts, expected) => {
    expect(selects(texts)).toBe(expected);
  });

  it('finds every name of a connection, and names that are UTF-8 on the wire', () => {
    const domains = ['a.example', 'bücher.example'];
    expect(selects({ domain: ['bücher.example'] }, { domains })).toBe(true);
    expect(selects({ host: ['xn--bcher-kva.example'] }, { domains })).toBe(true);
    expect(selects({ domain: ['c.example'] }, { domains })).toBe(false);
  });

  // The connection is active from 7.123456 s to 19.5 s.
  it.each<[string | undefined, string | undefined, boolean]>([
    ['10s', '15s', true],
    ['0s', '7.123456s', true],
    ['0s', '7.123455s', false],
    ['19.5s', undefined, true],
    ['19500001us', undefined, false],
    ['19s', '1m', true],
    ['1m', '2m', false],
    [undefined, '1772360047.123456', true],
    [undefined, '1772360047.123455', false],
    ['2026-03-01T10:14:19.5Z', undefined, true],
    ['2026-03-01 10:14:20', undefined, false],
    ['2026-03-01', '2026-03-02', true],
    ['2026-03-02', undefined, false],
    ['+10s', '1h30m', true],
  ])('since %s until %s: %s', (since, until, expected) => {
    expect(selects({ since, until })).toBe(expected);
  });

  it('names the option and the mistake', () => {
    expect(messageOf({ app: ['YOUTUB'] })).toBe("--app: 'YOUTUB' is not a known app; did you mean YOUTUBE or YOUKU?");
    expect(messageOf({ domain: ['https://a.example/'] })).toContain(
      "--domain: 'https://a.example/' is not a domain name",
    );
    expect(messageOf({ host: ['10.0.0.0/8'] })).toContain('is a prefix, which --net takes');
    expect(messageOf({ net: ['example.com'] })).toContain("--net: 'example.com' is not a prefix");
    expect(messageOf({ port: ['http'] })).toContain("--port: 'http' is not a port; a port is written 443");
    expect(messageOf({ proto: ['a b'] })).toContain("--proto: 'a b' is not a known protocol");
    expect(messageOf({ proto: ['bitorrent'] })).toMatch(
      /'bitorrent' is not a known protocol; did you mean bittorrent\?/,
    );
    expect(messageOf({ proto: ['ip-256'] })).toContain('is not a known protocol');
    expect(messageOf({ category: ['vidoe'] })).toContain('did you mean video?');
    expect(messageOf({ since: '10' })).toContain('--since takes a time such as');
    expect(messageOf({ until: '2026-13-01' }, '--keep-')).toContain('--keep-until takes a time such as');
    expect(messageOf({ where: 'bites > 1' }, '--keep-')).toBe(
      "--keep-where, column 1: there is no field 'bites'; did you mean bytes? 'dpi schema report' describes them",
    );
  });
});
