import type { Command } from 'commander';

/** What `addReadingOptions` parses. */
export interface ReadingFlags {
  ignoreVlan?: boolean;
  followCname?: boolean;
}

/** Options that say how to read packets. */
export function addReadingOptions(command: Command): void {
  command.option(
    '--ignore-vlan',
    'take the same addresses and ports in two VLANs or VNIs for one connection, as for mirrored copies',
  );
  command.option('--follow-cname', 'let domain rules also match the names that DNS answers lead to (CNAME)');
}
