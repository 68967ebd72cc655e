/** A process that adds rules one after the other: `<kind> <location> <prefix> <name> <count>`. */
import { JsonRuleStore } from '../../../src/adapters/stores/json-rule-store.js';
import { RedisRuleStore } from '../../../src/adapters/stores/redis-rule-store.js';

const [kind, location, prefix, name, count] = process.argv.slice(2) as [string, string, string, string, string];
const store = kind === 'json' ? new JsonRuleStore(location) : new RedisRuleStore(location, prefix);
for (let i = 0; i < Number(count); i++) {
  const values = [`${name}-${i}.example`];
  await store.add([{ type: 'domain', values, action: 'block', comment: null, expiresMs: null, createdMs: Date.now() }]);
}
await store.close();
process.disconnect?.();
