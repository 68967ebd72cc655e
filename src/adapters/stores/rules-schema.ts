import * as z from 'zod';
import { parseMoment } from '../../core/policy/rule-expiry.js';
import { RULE_TYPES } from '../../core/policy/rule-kinds.js';

const MOMENT = z.string().refine((text) => !Number.isNaN(parseMoment(text)), 'expected an ISO 8601 date and time');

const ENTRY = z
  .strictObject({
    id: z.string().optional(),
    type: z.enum(RULE_TYPES as [string, ...string[]]),
    action: z.enum(['block', 'allow']),
    value: z.string().optional(),
    values: z.array(z.string()).optional(),
    comment: z.string().nullish(),
    expires: MOMENT.nullish(),
    created: MOMENT.nullish(),
  })
  .refine(
    ({ value, values }) => (value === undefined) !== (values === undefined),
    'expected either "value" or "values"',
  );

/** The rules document for error messages; the everyday check is by hand (`rules-document.ts`) and faster. */
export const RULES_SCHEMA = z.strictObject({
  schema_version: z.literal(1),
  version: z.int().nonnegative().optional(),
  saved: MOMENT.optional(),
  store: z.string().optional(),
  rules: z.array(ENTRY),
});
