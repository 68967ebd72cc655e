import { formatIpPrefix, type IpPrefix } from '../../../core/common/ip-prefix.js';
import type { ContactEntry } from '../../../core/snapshot/model.js';
import {
  type EntryPorts,
  endsOf,
  isPlainName,
  type LeaveOut,
  NO_PORTS,
  ODD_NAME,
  portsOf,
  protocolsOf,
  type SnapshotExport,
} from './snapshot-export.js';

/** A NetworkPolicy of Kubernetes, which knows addresses only. It selects all pods of its namespace. */
export const KUBERNETES_EXPORT: SnapshotExport = {
  name: 'kubernetes',
  description: 'a NetworkPolicy of Kubernetes: addresses and ports',
  *write(snapshot, leaveOut) {
    yield* [
      'apiVersion: networking.k8s.io/v1',
      'kind: NetworkPolicy',
      'metadata:',
      '  name: dpi-snapshot',
      'spec:',
      '  podSelector: {}',
      '  policyTypes: [Egress]',
    ];
    const rules: string[] = [];
    for (const entry of snapshot.contacts) {
      const { name, prefixes, isAny } = endsOf(entry, snapshot);
      const ports = portsOf(entry);
      if (ports === 'none') leaveOut(entry, NO_PORTS);
      else if (name !== null) leaveOut(entry, 'left out: a NetworkPolicy knows addresses only; Cilium knows names');
      else {
        const lines = isAny ? [] : ['to:', ...prefixes.map((prefix) => `  - ipBlock: { cidr: ${cidrText(prefix)} }`)];
        if (ports !== null) lines.push('ports:', ...kubernetesPorts(ports));
        rules.push(...(lines.length === 0 ? ['    - {}'] : item(lines, 4)));
      }
    }
    yield* rules.length === 0 ? ['  egress: []'] : ['  egress:', ...rules];
  },
};

/**
 * A CiliumNetworkPolicy: names by what the cluster's DNS answered, which goes through Cilium's proxy for that, and
 * addresses.
 */
export const CILIUM_EXPORT: SnapshotExport = {
  name: 'cilium',
  description: 'a CiliumNetworkPolicy: names, addresses and ports',
  *write(snapshot, leaveOut) {
    yield* [
      'apiVersion: cilium.io/v2',
      'kind: CiliumNetworkPolicy',
      'metadata:',
      '  name: dpi-snapshot',
      'spec:',
      '  endpointSelector: {}',
      '  egress:',
    ];
    const asked = new Set<string>();
    const rules = snapshot.contacts.flatMap((entry) => {
      const { name, prefixes, isAny } = endsOf(entry, snapshot);
      const ports = portsOf(entry);
      if (ports === 'none') {
        leaveOut(entry, NO_PORTS);
        return [];
      }
      if (name !== null && !isExpressed(name, entry, leaveOut)) return [];
      if (name !== null) asked.add(name);
      const to =
        name !== null
          ? ['toFQDNs:', `  - ${fqdnText(name)}`]
          : isAny
            ? ['toEntities: [world]']
            : ['toCIDR:', ...prefixes.map((prefix) => `  - ${cidrText(prefix)}`)];
      return item([...to, ...(ports === null ? [] : ciliumPorts(ports))], 4);
    });
    for (const { name } of snapshot.lookups) if (isPlainName(name)) asked.add(name);
    yield* item(
      [
        'toEndpoints:',
        '  - matchLabels:',
        '      k8s:io.kubernetes.pod.namespace: kube-system',
        '      k8s:k8s-app: kube-dns',
        'toPorts:',
        '  - ports:',
        '      - { port: "53", protocol: ANY }',
        ...(asked.size === 0
          ? []
          : ['    rules:', '      dns:', ...[...asked].sort().map((name) => `        - ${fqdnText(name)}`)]),
      ],
      4,
    );
    yield* rules;
  },
};

function isExpressed(name: string, entry: ContactEntry, leaveOut: LeaveOut): boolean {
  if (!isPlainName(name)) {
    leaveOut(entry, ODD_NAME);
    return false;
  }
  if (name.startsWith('*.')) leaveOut(entry, 'written for one more label only: * of Cilium stops at a dot');
  return true;
}

function fqdnText(name: string): string {
  return `{ ${name.startsWith('*') ? 'matchPattern' : 'matchName'}: "${name}" }`;
}

/** Both want a length. Quoted, since YAML takes some IPv6 addresses for other things. */
function cidrText(prefix: IpPrefix): string {
  const text = formatIpPrefix(prefix);
  return `"${text.includes('/') ? text : `${text}/${prefix.isV6 ? 128 : 32}`}"`;
}

function kubernetesPorts(ports: EntryPorts): string[] {
  const end = ports.to === ports.from ? '' : `, endPort: ${ports.to}`;
  return protocolsOf(ports).map((protocol) => `  - { protocol: ${protocol.toUpperCase()}, port: ${ports.from}${end} }`);
}

function ciliumPorts(ports: EntryPorts): string[] {
  const end = ports.to === ports.from ? '' : `, endPort: ${ports.to}`;
  const lines = protocolsOf(ports).map(
    (protocol) => `      - { port: "${ports.from}"${end}, protocol: ${protocol.toUpperCase()} }`,
  );
  return ['toPorts:', '  - ports:', ...lines];
}

/** Lines of a mapping as an item of a YAML list. */
function item(lines: readonly string[], indent: number): string[] {
  return lines.map((line, i) => `${' '.repeat(indent)}${i === 0 ? '- ' : '  '}${line}`);
}
