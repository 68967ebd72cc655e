/** The adapters that the server uses directly. It reaches all others through use cases. */
export type { ByteSink } from '../adapters/outputs/byte-sink.js';
export { SpoolFolder } from '../adapters/outputs/spool-folder.js';
export { openRawInput } from '../adapters/sources/open-raw-input.js';
export { openRuleStore } from '../adapters/stores/open-rule-store.js';
export { RuleMemory } from '../adapters/stores/rule-memory.js';
