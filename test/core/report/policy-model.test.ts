import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { POLICY_SCHEMA_VERSION } from '../../../src/core/report/policy-model.js';

it('states the version of the schema that describes it', () => {
  const schema = JSON.parse(readFileSync('schema/policy.schema.json', 'utf8'));
  expect(schema.properties.schema_version).toMatchObject({ const: POLICY_SCHEMA_VERSION });
});
