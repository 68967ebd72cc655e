/** Apps that are parts of others: names, the tree, and rules for a parent. */
import { describe, expect, it } from 'vitest';
import { withDefaults } from '../../../src/core/classify/app-definition.js';
import { findApp, suggestApps } from '../../../src/core/classify/app-lookup.js';
import { AppTable } from '../../../src/core/classify/app-table.js';
import { createAppTable } from '../../../src/core/classify/built-in-apps.js';
import { parseAppFile } from '../../../src/core/classify/parse-app-file.js';
import { analyzePackets, conversation } from '../../hostile/engine.js';
import { decide, engineWith, inShort, OUT, rulesOf } from '../ingest/events.js';

const table = createAppTable();
const appOf = (host: string) => {
  const bytes = Buffer.from(host);
  return table.appOf(table.matchName(bytes, 0, bytes.length));
};
const part = (name: string, parent = '') => withDefaults({ name, parent, domains: [`${name.toLowerCase()}.example`] });

describe('built-in parts', () => {
  it.each([
    ['MICROSOFT', 'TEAMS SKYPE OUTLOOK ONEDRIVE SHAREPOINT OFFICE365 AZURE XBOX BING WINDOWS_UPDATE COPILOT'],
    ['GOOGLE', 'GMAIL GOOGLE_DRIVE GOOGLE_MEET GOOGLE_MAPS GOOGLE_PLAY GOOGLE_ADS GOOGLE_CLOUD GEMINI'],
    ['YOUTUBE', 'YOUTUBE_KIDS YOUTUBE_MUSIC'],
    ['APPLE', 'ICLOUD APP_STORE APPLE_MUSIC APPLE_PUSH FACETIME SIRI APPLE_TV APPLE_UPDATE'],
    ['AMAZON', 'AWS PRIME_VIDEO ALEXA'],
    ['FACEBOOK', 'MESSENGER'],
  ])('has those of %s', (parent, parts) => {
    expect(findApp(table, parent)!.parts).toEqual(parts.split(' '));
    for (const name of parts.split(' ')) {
      expect(table.infoOf(table.idOf(name))).toMatchObject({ name, parent });
      expect(table.groupOf(table.idOf(name))).toBe(parent);
    }
  });

  it('leaves other apps of the same owner apart', () => {
    for (const name of ['LINKEDIN', 'GITHUB', 'YOUTUBE', 'WHATSAPP', 'INSTAGRAM', 'TWITCH']) {
      expect(table.groupOf(table.idOf(name))).toBe(name);
    }
    expect(table.groupOf(0)).toBe('UNKNOWN');
  });

  it.each([
    ['teams.microsoft.com', 'TEAMS'],
    ['trouter2-asse-a.trouter.teams.microsoft.com', 'TEAMS'],
    ['b-tr-teams-euno-05.northeurope.cloudapp.azure.com', 'TEAMS'],
    ['contoso-my.sharepoint.com', 'SHAREPOINT'],
    ['login.microsoftonline.com', 'MICROSOFT'],
    ['copilot.cloud.microsoft', 'COPILOT'],
    ['outlook.cloud.microsoft', 'OUTLOOK'],
    ['m365.cloud.microsoft', 'OFFICE365'],
    ['mail.google.com', 'GMAIL'],
    ['docs.google.com', 'GOOGLE_DRIVE'],
    ['maps.google.co.uk', 'GOOGLE_MAPS'],
    ['mtalk.google.com', 'GOOGLE'],
    ['music.youtube.com', 'YOUTUBE_MUSIC'],
    ['24-courier.push.apple.com', 'APPLE_PUSH'],
    ['hls.itunes.apple.com', 'APPLE_TV'],
    ['play.itunes.apple.com', 'APP_STORE'],
    ['edge-mqtt.facebook.com', 'MESSENGER'],
    ['notteams.microsoft.com', 'MICROSOFT'],
  ])('takes %s for %s', (host, app) => {
    expect(table.nameOf(appOf(host))).toBe(app);
  });

  it('finds names with and without separators, aliases, and near ones', () => {
    const nameOf = (text: string) => table.nameOf(table.idOf(text));
    expect(['google drive', 'GoogleDrive', 'GDRIVE', 'google_drive'].map(nameOf)).toEqual(
      Array(4).fill('GOOGLE_DRIVE'),
    );
    expect(['M365', 'office 365', 'PRIMEVIDEO', 'YouTubeKids'].map(nameOf)).toEqual([
      'OFFICE365',
      'OFFICE365',
      'PRIME_VIDEO',
      'YOUTUBE_KIDS',
    ]);
    expect(suggestApps(table, 'youtub')[0]).toBe('YOUTUBE');
    expect(suggestApps(table, 'youtub')).not.toContain('YOUTUBE_KIDS');
    expect(suggestApps(table, 'youtubekid')[0]).toBe('YOUTUBE_KIDS');
    expect(suggestApps(table, 'TEMS')[0]).toBe('TEAMS');
    expect(suggestApps(table, 'GDRVE')).toEqual(['GOOGLE_DRIVE']);
    expect(suggestApps(table, 'drive')).toContain('GOOGLE_DRIVE');
  });
});

describe('the tree', () => {
  it('has any depth, parents by alias, and parts from another file', () => {
    const own = new AppTable([
      withDefaults({ name: 'TOP', aliases: ['T'], domains: ['top.example'] }),
      part('MIDDLE', 'T'),
      part('LOW', 'MIDDLE'),
    ]);
    expect(own.lineageOf(own.idOf('LOW')).names).toEqual(['LOW', 'MIDDLE', 'TOP']);
    expect(own.groupOf(own.idOf('LOW'))).toBe('TOP');
    expect(own.withParts(own.idOf('TOP')).map((id) => own.nameOf(id))).toEqual(['TOP', 'MIDDLE', 'LOW']);
    expect(own.withParts(0)).toEqual([0]);
  });

  it('leaves out a parent that is the app itself or closes a circle, and names unknown ones', () => {
    const own = new AppTable([part('A', 'C'), part('B', 'A'), part('C', 'B'), part('D', 'D'), part('E', 'NONE')]);
    const lineages = ['A', 'B', 'C', 'D', 'E'].map((name) => own.lineageOf(own.idOf(name)).names.join(' < '));
    expect(lineages).toEqual(['A < C', 'B < A < C', 'C', 'D', 'E']);
    expect(own.unknownParents.map(({ name, parent }) => [name, parent])).toEqual([['E', 'NONE']]);
  });

  it('is read from app files', () => {
    const { apps } = parseAppFile('{"name":"wiki_media","parent":"wiki","domains":["m.example"]}', 'own.json');
    expect(apps[0]).toMatchObject({ name: 'WIKI_MEDIA', parent: 'WIKI' });
    expect(() => parseAppFile('{"name":"A","parent":7,"domains":["m.example"]}', 'own.json')).toThrow(
      /parent must be text/,
    );
  });
});

describe('rules for apps with parts', () => {
  const decisionOf = (rules: readonly string[], domain: string) =>
    inShort(decide(engineWith({ rules: rulesOf(...rules) }), { tuple: OUT, domain }));

  it('cover the parts of the app that they name, and no more', () => {
    const domain = 'teams.microsoft.com';
    expect(decisionOf(['app:MICROSOFT'], domain)).toBe(`drop TEAMS ${domain} event by app:MICROSOFT`);
    expect(decisionOf(['app:TEAMS'], domain)).toBe(`drop TEAMS ${domain} event by app:TEAMS`);
    expect(decisionOf(['app:TEAMS'], 'www.microsoft.com')).toContain('forward MICROSOFT');
    expect(decisionOf(['app:SKYPE', 'app:LINKEDIN'], domain)).toContain('forward TEAMS');
    expect(decisionOf(['app:MICROSOFT'], 'www.linkedin.com')).toContain('forward LINKEDIN');
  });

  it('the rule for the part decides before that of the parent, an allow rule before both', () => {
    const domain = 'teams.microsoft.com';
    expect(decisionOf(['app:MICROSOFT', 'app:TEAMS'], domain)).toContain('by app:TEAMS');
    expect(decisionOf(['app:MICROSOFT', 'allow:app:TEAMS'], domain)).toContain('forward TEAMS');
    expect(decisionOf(['allow:app:MICROSOFT', 'app:TEAMS'], domain)).toContain('forward TEAMS');
  });
});

it('reports the part and its group', () => {
  const request = Buffer.from('GET / HTTP/1.1\r\nHost: presence.teams.microsoft.com\r\n\r\n');
  const { packets } = conversation(0, { server: { address: '198.51.100.7', port: 80 } }).send('client', request);
  expect(analyzePackets(packets)[0]).toMatchObject({ app: 'TEAMS', app_group: 'MICROSOFT' });
});
