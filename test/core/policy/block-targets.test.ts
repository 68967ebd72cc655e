import { describe, expect, it } from 'vitest';
import { BlockTargets } from '../../../src/core/policy/block-targets.js';
import { apps, rulesOf } from '../ingest/events.js';

const idOf = (name: string) => apps.idOf(name);
/** Names of the targets, and the places of a connection of each app that the app rules match. */
function targetsOf(rules: readonly string[], ...connections: string[]) {
  const set = rulesOf(...rules);
  const targets = new BlockTargets(set, apps);
  const places = connections.map((app) => targets.of(idOf(app), set.matchesAtApp(apps.lineageOf(idOf(app)))));
  return { names: targets.list.map(({ name, kind }) => `${kind} ${name}`), places };
}

describe('the targets of block rules', () => {
  it('count parts for the app that a rule names, and a part that is named for itself', () => {
    expect(targetsOf(['app:MICROSOFT'], 'TEAMS', 'AZURE', 'LINKEDIN')).toEqual({
      names: ['app MICROSOFT'],
      places: [[0], [0], []],
    });
    const both = targetsOf(['app:MICROSOFT', 'app:TEAMS'], 'MICROSOFT', 'TEAMS', 'OUTLOOK');
    expect(both.names).toEqual(['app MICROSOFT', 'app TEAMS']);
    expect(both.places).toEqual([[0], [0, 1], [0]]);
  });

  it('are not the parts that have names below a blocked domain of their parent', () => {
    expect(targetsOf(['microsoft.com']).names).toEqual(['app MICROSOFT']);
    expect(targetsOf(['teams.microsoft.com']).names).toEqual(['app TEAMS']);
    expect(targetsOf(['youtube.com']).names).toEqual(['app YOUTUBE']);
  });

  it('are a category itself', () => {
    expect(targetsOf(['category:gambling'], 'BET365', 'YOUTUBE')).toEqual({
      names: ['category category:gambling'],
      places: [[0], []],
    });
  });
});
