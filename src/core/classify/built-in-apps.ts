import { BUILT_IN_APP_FILES } from '../../data/apps/index.js';
import { type AppDefinition, withDefaults } from './app-definition.js';
import { AppTable } from './app-table.js';

/** The definitions that come with the program. They are taken as they are; a test validates every file. */
export function builtInDefinitions(): AppDefinition[] {
  return BUILT_IN_APP_FILES.flatMap(({ content }) =>
    (content as { apps: Partial<AppDefinition>[] }).apps.map((app) => withDefaults(app)),
  );
}

/** The table of the built-in apps and, on top of them, a user's own. */
export function createAppTable(own: readonly AppDefinition[] = []): AppTable {
  return new AppTable([...builtInDefinitions(), ...own]);
}
