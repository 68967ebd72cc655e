import { Prng } from '../test/forge/prng.js';

const SITES = `youtube.com googlevideo.com ytimg.com google.com gstatic.com googleapis.com facebook.com fbcdn.net
instagram.com cdninstagram.com whatsapp.net whatsapp.com twitter.com x.com twimg.com netflix.com nflxvideo.net nflxso.net
amazon.com media-amazon.com amazonaws.com microsoft.com office.com live.com windowsupdate.com apple.com icloud.com mzstatic.com
telegram.org tiktok.com tiktokcdn.com ttwstatic.com spotify.com scdn.co zoom.us discord.com discord.gg discordapp.net github.com
githubusercontent.com cloudflare.com reddit.com redd.it wikipedia.org wikimedia.org linkedin.com licdn.com pinterest.com
twitch.tv ttvnw.net steampowered.com steamstatic.com paypal.com ebay.com dropbox.com slack.com mozilla.org ubuntu.com debian.org
bbc.co.uk spiegel.de lemonde.fr yandex.ru baidu.com qq.com bilibili.com naver.com`.split(/\s+/);
const PREFIXES = ['www', 'api', 'cdn', 'm', 'static', 'img', 'edge', 'events', 'login', 'video'];
const SYLLABLES = [
  'ka',
  'lo',
  'mer',
  'in',
  'ta',
  'so',
  'ven',
  'dri',
  'pha',
  'ux',
  'el',
  'qui',
  'nor',
  'sta',
  'be',
  'zan',
];
const ENDINGS = ['com', 'net', 'org', 'io', 'de', 'co.uk', 'fr', 'app', 'com.br', 'jp'];

/** How many distinct names the traffic draws from. */
export const NAME_COUNT = 40_000;

/** Host names, popular ones first: those of known sites, then made-up ones. */
export function hostNames(): Buffer[] {
  const random = new Prng('names');
  const names = new Set<string>();
  for (const prefix of PREFIXES) for (const site of SITES) names.add(`${prefix}.${site}`);
  while (names.size < NAME_COUNT) {
    const word = Array.from({ length: random.between(2, 4) }, () => random.pick(SYLLABLES)).join('');
    const host = random.chance(0.4) ? `${random.pick(PREFIXES)}${random.int(90)}` : random.pick(PREFIXES);
    names.add(`${host}.${word}.${random.pick(ENDINGS)}`);
  }
  return [...names].map((name) => Buffer.from(name));
}

/** The index of a name: a few are met very often, nearly all of them sometimes. */
export function pickName(random: Prng): number {
  return Math.floor(NAME_COUNT * (random.uint32() / 0x1_0000_0000) ** 2.5);
}
