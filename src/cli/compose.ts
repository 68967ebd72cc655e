/** The adapters that commands use directly. Everything else reaches them through use cases. */
export { isFifo, openFifo } from '../adapters/outputs/fifo-output.js';
export { isStdout } from '../adapters/outputs/open-capture-output.js';
export { PendingFile } from '../adapters/outputs/pending-file.js';
export { cannotWrite } from '../adapters/outputs/write-error.js';
export { installedTools, listInterfaces, noTool, TOOL_NAMES, type ToolName } from '../adapters/sources/capture-tool.js';
export { fileError } from '../adapters/stores/file-error.js';
export { openRuleStore } from '../adapters/stores/open-rule-store.js';
export { parseRulesDocument } from '../adapters/stores/rules-document.js';
export { readUserConfig, userConfigFile } from '../adapters/stores/user-config.js';
