import { type Command, Option } from 'commander';
import { addGroup, OUTPUT_GROUP } from './help.js';

/** Formats of other tools: Zeek's logs as tab-separated values and as JSON, Suricata's EVE. */
const FOREIGN_FORMATS = ['zeek', 'zeek-json', 'eve'] as const;
export type ForeignFormat = (typeof FOREIGN_FORMATS)[number];

/** The option that asks for the logs of another tool. */
export function addForeignFormatOption(command: Command): void {
  addGroup(command, OUTPUT_GROUP, () =>
    command.addOption(
      new Option(
        '--format <name>',
        "write the logs of another tool: zeek and zeek-json into the folder -o, or Suricata's eve",
      )
        .choices(FOREIGN_FORMATS)
        .conflicts(['json', 'ndjson', 'csv', 'view', 'explain', 'sort']),
    ),
  );
}
