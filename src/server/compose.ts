/** The adapters that the server uses directly. It reaches all others through use cases. */
export type { ByteSink } from '../adapters/outputs/byte-sink.js';
export { PortInput } from '../adapters/sources/port-input.js';
export type { PortMessage } from '../adapters/sources/port-messages.js';
export { openRuleStore } from '../adapters/stores/open-rule-store.js';
