import type { Command } from 'commander';

/** What `addReadingOptions` parses. */
export interface ReadingFlags {
  ignoreVlan?: boolean;
}

/** Options that say how to read packets. */
export function addReadingOptions(command: Command): void {
  command.option(
    '--ignore-vlan',
    'take the same addresses and ports in two VLANs or VNIs for one connection, as for mirrored copies',
  );
}
