import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FILTER_SCHEMA_VERSION } from '../../../src/core/report/filter-model.js';

it('states the version of the schema that describes it', () => {
  const schema = JSON.parse(readFileSync('schema/filter.schema.json', 'utf8'));
  expect(schema.properties.schema_version).toMatchObject({ const: FILTER_SCHEMA_VERSION });
});
