/** The adapters that every command uses. Everything else reaches adapters through use cases. */
export { cannotWrite } from '../adapters/outputs/write-error.js';
export { readUserConfig, userConfigFile } from '../adapters/stores/user-config.js';
