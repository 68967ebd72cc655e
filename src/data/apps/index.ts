/** The app tables, a file for each family or category. They are data: every change is a reviewable line. */
import ads from './ads.json' with { type: 'json' };
import adult from './adult.json' with { type: 'json' };
import ai from './ai.json' with { type: 'json' };
import amazon from './amazon.json' with { type: 'json' };
import apple from './apple.json' with { type: 'json' };
import cloud from './cloud.json' with { type: 'json' };
import conferencing from './conferencing.json' with { type: 'json' };
import dating from './dating.json' with { type: 'json' };
import delivery from './delivery.json' with { type: 'json' };
import developer from './developer.json' with { type: 'json' };
import dns from './dns.json' with { type: 'json' };
import finance from './finance.json' with { type: 'json' };
import gambling from './gambling.json' with { type: 'json' };
import gaming from './gaming.json' with { type: 'json' };
import google from './google.json' with { type: 'json' };
import messaging from './messaging.json' with { type: 'json' };
import meta from './meta.json' with { type: 'json' };
import microsoft from './microsoft.json' with { type: 'json' };
import music from './music.json' with { type: 'json' };
import news from './news.json' with { type: 'json' };
import p2p from './p2p.json' with { type: 'json' };
import portals from './portals.json' with { type: 'json' };
import productivity from './productivity.json' with { type: 'json' };
import reference from './reference.json' with { type: 'json' };
import security from './security.json' with { type: 'json' };
import shopping from './shopping.json' with { type: 'json' };
import social from './social.json' with { type: 'json' };
import storage from './storage.json' with { type: 'json' };
import systems from './systems.json' with { type: 'json' };
import travel from './travel.json' with { type: 'json' };
import video from './video.json' with { type: 'json' };
import vpn from './vpn.json' with { type: 'json' };

/** What the JSON files hold, unchecked: a test runs each through the validator of users' app files. */
export const BUILT_IN_APP_FILES: readonly { readonly name: string; readonly content: unknown }[] = [
  { name: 'ads.json', content: ads },
  { name: 'adult.json', content: adult },
  { name: 'ai.json', content: ai },
  { name: 'amazon.json', content: amazon },
  { name: 'apple.json', content: apple },
  { name: 'cloud.json', content: cloud },
  { name: 'conferencing.json', content: conferencing },
  { name: 'dating.json', content: dating },
  { name: 'delivery.json', content: delivery },
  { name: 'developer.json', content: developer },
  { name: 'dns.json', content: dns },
  { name: 'finance.json', content: finance },
  { name: 'gambling.json', content: gambling },
  { name: 'gaming.json', content: gaming },
  { name: 'google.json', content: google },
  { name: 'messaging.json', content: messaging },
  { name: 'meta.json', content: meta },
  { name: 'microsoft.json', content: microsoft },
  { name: 'music.json', content: music },
  { name: 'news.json', content: news },
  { name: 'p2p.json', content: p2p },
  { name: 'portals.json', content: portals },
  { name: 'productivity.json', content: productivity },
  { name: 'reference.json', content: reference },
  { name: 'security.json', content: security },
  { name: 'shopping.json', content: shopping },
  { name: 'social.json', content: social },
  { name: 'storage.json', content: storage },
  { name: 'systems.json', content: systems },
  { name: 'travel.json', content: travel },
  { name: 'video.json', content: video },
  { name: 'vpn.json', content: vpn },
];
