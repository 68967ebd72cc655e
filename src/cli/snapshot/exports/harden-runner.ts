import { endsOf, isPlainName, NO_PORTS, ODD_NAME, portsOf, type SnapshotExport } from './snapshot-export.js';

const DNS_PORT = 53;

/** The inputs of StepSecurity's harden-runner, a step of GitHub Actions. It lets DNS through by itself. */
export const HARDEN_RUNNER_EXPORT: SnapshotExport = {
  name: 'harden-runner',
  description: 'inputs of the action step-security/harden-runner',
  *write(snapshot, leaveOut) {
    const endpoints = new Set<string>();
    for (const entry of snapshot.contacts) {
      const { name } = endsOf(entry, snapshot);
      const ports = portsOf(entry);
      if (ports === 'none') leaveOut(entry, NO_PORTS);
      else if (name === null) {
        const isDns = ports !== null && ports.from === DNS_PORT && ports.to === DNS_PORT;
        if (!isDns) leaveOut(entry, 'left out: harden-runner allows names only');
      } else if (!isPlainName(name)) leaveOut(entry, ODD_NAME);
      else if (ports === null || ports.from !== ports.to) {
        leaveOut(entry, 'left out: harden-runner needs one port for a name');
      } else endpoints.add(`${name}:${ports.from}`);
    }
    yield 'egress-policy: block';
    yield 'allowed-endpoints: >';
    for (const endpoint of [...endpoints].sort()) yield `  ${endpoint}`;
  },
};
