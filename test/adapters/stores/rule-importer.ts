/** A process that adds many rules in one change: `<url> <prefix> <count>`; prints a line when it begins. */
import { RedisRuleStore } from '../../../src/adapters/stores/redis-rule-store.js';

const [url, prefix, count] = process.argv.slice(2) as [string, string, string];
const values = Array.from({ length: Number(count) }, (_, i) => `n${i}.example`);
const store = new RedisRuleStore(url, prefix);
process.stdout.write('begin\n');
await store.add([
  { type: 'domain', values, action: 'block', comment: null, expiresMs: null, createdMs: 1_700_000_000_000 },
]);
await store.close();
