import { describe, expect, it } from 'vitest';
import { withDefaults } from '../../../src/core/classify/app-definition.js';
import { explainHost, findApp, listApps, suggestApps } from '../../../src/core/classify/app-lookup.js';
import { AppTable } from '../../../src/core/classify/app-table.js';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';

const table = createAppTable();

function appOf(host: string): string {
  const buf = Buffer.from(host, 'latin1');
  return table.nameOf(table.appOf(table.matchName(buf, 0, buf.length)));
}

describe('built-in apps', () => {
  it.each([
    ['i.ytimg.com', 'YOUTUBE'],
    ['r1---sn-hju7enel.googlevideo.com', 'YOUTUBE'],
    ['www.youtube-nocookie.com', 'YOUTUBE'],
    ['youtubei.googleapis.com', 'YOUTUBE'],
    ['yt3.ggpht.com', 'YOUTUBE'],
    ['lh3.ggpht.com', 'GOOGLE'],
    ['fonts.googleapis.com', 'GOOGLE'],
    ['www.google.co.uk', 'GOOGLE'],
    ['dns.google', 'GOOGLE'],
    ['gemini.google.com', 'GEMINI'],
    ['scontent-ams4-1.xx.fbcdn.net', 'FACEBOOK'],
    ['instagram.faae1-1.fna.fbcdn.net', 'INSTAGRAM'],
    ['igcdn-photos-a-a.akamaihd.net', 'INSTAGRAM'],
    ['scontent-mxp1-1.cdninstagram.com', 'INSTAGRAM'],
    ['media-mxp1-1.cdn.whatsapp.net', 'WHATSAPP'],
    ['abs.twimg.com', 'TWITTER'],
    ['x.com', 'TWITTER'],
    ['ipv4-c001-ams001-ix.1.oca.nflxvideo.net', 'NETFLIX'],
    ['d1.cloudfront.net', 'AWS'],
    ['ec2-18-196-145-224.eu-central-1.compute.amazonaws.com', 'AWS'],
    ['outlook.office365.com', 'OUTLOOK'],
    ['au.download.windowsupdate.com', 'WINDOWS_UPDATE'],
    ['www.linkedin.com', 'LINKEDIN'],
    ['is1-ssl.mzstatic.com', 'APP_STORE'],
    ['captive.apple.com.edgekey.net', 'APPLE'],
    ['t.me', 'TELEGRAM'],
    ['p16-sign-va.tiktokcdn.com', 'TIKTOK'],
    ['audio-ak-spotify-com.akamaized.net', 'SPOTIFY'],
    ['img-prod-cms-rt-microsoft-com.akamaized.net', 'MICROSOFT'],
    ['store-images.s-microsoft-com.akamaized.net', 'MICROSOFT'],
    ['assets-ms-com.akamaized.net', 'MICROSOFT'],
    ['officecdn-microsoft-com.akamaized.net', 'OFFICE365'],
    ['p77-tiktokcdn-com.akamaized.net', 'TIKTOK'],
    ['evil-microsoft-com.akamaized.net.example', 'UNKNOWN'],
    ['img-s-msn-com.akamaized.net', 'MICROSOFT'],
    ['c.s-msft.com', 'MICROSOFT'],
    ['rad.msads.net', 'MICROSOFT'],
    ['www.sysinternals.com', 'MICROSOFT'],
    ['dns.msa.akadns6.net', 'MICROSOFT'],
    ['vip.microsoft.akadns.net', 'MICROSOFT'],
    ['conn.skype.akadns.net', 'SKYPE'],
    ['metadata.google.internal', 'GOOGLE'],
    ['www.google.com.home', 'UNKNOWN'],
    ['i.scdn.co', 'SPOTIFY'],
    ['us04web.zoom.us', 'ZOOM'],
    ['cdn.discordapp.com', 'DISCORD'],
    ['raw.githubusercontent.com', 'GITHUB'],
    ['copilot-proxy.githubusercontent.com', 'GITHUBCOPILOT'],
    ['mozilla.cloudflare-dns.com', 'CLOUDFLARE'],
    ['one.one.one.one', 'CLOUDFLARE'],
    ['notyoutube.com', 'UNKNOWN'],
    ['youtube.com.evil.example', 'UNKNOWN'],
    ['agoogle.com', 'UNKNOWN'],
    ['ssl.gstatic.com.lan', 'UNKNOWN'],
    ['com', 'UNKNOWN'],
  ])('takes %s for %s', (host, app) => {
    expect(appOf(host)).toBe(app);
  });

  it('knows published addresses and whether others are served from them', () => {
    const telegram = table.matchIpv4(0x959aa763);
    expect([table.nameOf(table.appOf(telegram)), table.entryText(telegram)]).toEqual(['TELEGRAM', '149.154.160.0/20']);
    expect([table.isHosting(telegram), table.isRange(telegram)]).toEqual([false, true]);
    const cloudflare = table.matchIpv6(0x26064700, 0, 0, 0x6810_0001);
    expect([table.nameOf(table.appOf(cloudflare)), table.isHosting(cloudflare)]).toEqual(['CLOUDFLARE', true]);
    expect(table.matchIpv4(0xc0a80001)).toBe(-1);
  });

  it('takes IPv4 inside IPv6 for IPv4, and the later of equal ranges', () => {
    const own = new AppTable([
      withDefaults({ name: 'A', ranges: ['192.0.2.0/24', '2001:db8::/32'] }),
      withDefaults({ name: 'B', ranges: ['192.0.2.0/24', '::/128'] }),
    ]);
    const nameOf = (...words: [number, number, number, number]): string =>
      own.nameOf(own.appOf(own.matchIpv6(...words)));
    expect(own.nameOf(own.appOf(own.matchIpv4(0xc0000207)))).toBe('B');
    expect(nameOf(0, 0, 0xffff, 0xc0000207)).toBe('B');
    expect(nameOf(0x0064ff9b, 0, 0, 0xc0000207)).toBe('B');
    expect(nameOf(0, 0, 0xffff, 0xc0000307)).toBe('UNKNOWN');
    expect(nameOf(0x20010db8, 1, 2, 3)).toBe('A');
    expect(nameOf(0, 0, 0, 0)).toBe('B');
  });

  it('finds ids by name and alias in any case', () => {
    expect(table.nameOf(table.idOf('x'))).toBe('TWITTER');
    expect(table.idOf('YouTube')).toBe(table.idOf('YOUTUBE'));
    expect(table.categoryOf(table.idOf('YOUTUBE'))).toBe('video');
    expect([table.idOf('NOSUCHAPP'), table.nameOf(0), table.categoryOf(0)]).toEqual([0, 'UNKNOWN', null]);
  });
});

describe('AppTable', () => {
  it('lets a later definition extend an app and take over a domain or range', () => {
    const own = new AppTable([
      withDefaults({ name: 'ONE', title: 'One', category: 'video', domains: ['one.example', 'x.example'] }),
      withDefaults({ name: 'TWO', domains: ['two.example'], ranges: ['192.0.2.0/24'] }),
      withDefaults({ name: 'ONE', aliases: ['EINS'], domains: ['two.example'], ranges: ['192.0.2.0/24'] }),
    ]);
    expect(own.size).toBe(3);
    const buf = Buffer.from('a.two.example');
    expect(own.nameOf(own.appOf(own.matchName(buf, 0, buf.length)))).toBe('ONE');
    expect(own.nameOf(own.appOf(own.matchIpv4(0xc0000201)))).toBe('ONE');
    expect(own.infoOf(own.idOf('eins'))).toMatchObject({ name: 'ONE', title: 'One', category: 'video' });
  });
});

describe('app lookup', () => {
  it('lists all apps by name', () => {
    const names = listApps(table).map((app) => app.name);
    expect(names.length).toBe(table.size - 1);
    expect(names).toEqual([...names].sort());
  });

  it('shows what proves an app', () => {
    const app = findApp(table, 'telegram')!;
    expect(app).toMatchObject({ name: 'TELEGRAM', category: 'messaging', hosting: [], hostingRanges: [] });
    expect(app.domains).toContain('t.me');
    expect(app.ranges).toContain('2001:67c:4e8::/48');
    expect(findApp(table, 'nosuchapp')).toBeNull();
  });

  it('suggests near names', () => {
    expect(suggestApps(table, 'yuotube')[0]).toBe('YOUTUBE');
    expect(suggestApps(table, 'Netflicks')).toContain('NETFLIX');
    expect(suggestApps(table, 'disneyplus!')[0]).toBe('DISNEYPLUS');
    expect(suggestApps(table, 'insta')).toContain('INSTAGRAM');
    expect(suggestApps(table, 'qqqqqqqqqqqq')).toEqual([]);
    expect(suggestApps(table, '!')).toEqual([]);
  });

  it('explains hosts as people type them', () => {
    expect(explainHost(table, 'https://I.YTIMG.com:443/vi/x.jpg?y')).toEqual({
      host: 'i.ytimg.com',
      match: { app: 'YOUTUBE', entry: 'ytimg.com', hosting: false },
      others: [],
    });
    expect(explainHost(table, 'youtubei.googleapis.com.')).toMatchObject({
      match: { app: 'YOUTUBE' },
      others: [{ app: 'GOOGLE', entry: 'googleapis.com' }],
    });
    expect(explainHost(table, 'bücher.example')).toMatchObject({ host: 'xn--bcher-kva.example', match: null });
    expect(explainHost(table, '149.154.167.99')).toMatchObject({
      match: { app: 'TELEGRAM', entry: '149.154.160.0/20' },
    });
    expect(explainHost(table, '[2001:67c:4e8::1]:443')).toMatchObject({ match: { app: 'TELEGRAM' } });
    for (const none of ['', '  ', 'a b', '://', 'a..b', '1:2:3', 'x'.repeat(64)]) {
      expect(explainHost(table, none), none).toBeNull();
    }
  });
});
