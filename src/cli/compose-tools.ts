/** The capture tools of `dpi live`. */
export { installedTools, listInterfaces, noTool, TOOL_NAMES, type ToolName } from '../adapters/sources/capture-tool.js';
