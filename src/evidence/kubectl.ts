/**
 * `kubectl get nodes|services|pods|leases` as kubectl prints them, ages relative to the instant of the rows. Wide columns that no
 * model has are told as kubectl tells what is empty: OS image and runtime `<unknown>`, nominated node `<none>`.
 */
import type { Micros } from '../base/instant.js';
import { formatAge } from './age.js';
import type { NodeRow, PodRow, ServiceRow } from './rows.js';
import { formatTable } from './table.js';

export interface TableOptions {
  /** With the columns of `-o wide`. */
  readonly wide: boolean;
  /** With the namespace, as `-A` prints. */
  readonly everywhere: boolean;
}

type Cells = readonly (readonly string[])[];

function namespaced(header: readonly string[], cells: Cells, namespaces: readonly string[], everywhere: boolean) {
  if (!everywhere) return formatTable(header, cells);
  return formatTable(
    ['NAMESPACE', ...header],
    cells.map((row, i) => [namespaces[i] ?? '', ...row]),
  );
}

function age(now: Micros, createdAt: Micros | undefined): string {
  return formatAge(createdAt === undefined ? undefined : now - createdAt);
}

/** printNode in pkg/printers/internalversion: Ready is True, or NotReady; `SchedulingDisabled` for a cordon. */
function nodeStatus({ conditions, taints }: NodeRow): string {
  const ready = conditions.Ready;
  const status = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  const cordoned = taints.some((taint) => taint.startsWith('node.kubernetes.io/unschedulable'));
  return cordoned ? `${status},SchedulingDisabled` : status;
}

export function formatNodes(rows: readonly NodeRow[], now: Micros, options: Pick<TableOptions, 'wide'>): string {
  const header = ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'];
  const cells = rows.map((row) => [
    row.name,
    nodeStatus(row),
    row.role === 'control-plane' ? 'control-plane' : '<none>',
    age(now, row.createdAt),
    row.kubeletVersion,
  ]);
  if (!options.wide) return formatTable(header, cells);
  const wide = rows.map(({ internalIP, kernelVersion }, i) => {
    return [...(cells[i] ?? []), internalIP, '<none>', '<unknown>', kernelVersion ?? '<unknown>', '<unknown>'];
  });
  return formatTable(
    [...header, 'INTERNAL-IP', 'EXTERNAL-IP', 'OS-IMAGE', 'KERNEL-VERSION', 'CONTAINER-RUNTIME'],
    wide,
  );
}

function externalIps({ type, externalIPs, loadBalancerIPs }: ServiceRow): string {
  const all = [...loadBalancerIPs, ...externalIPs];
  if (all.length > 0) return all.join(',');
  return type === 'LoadBalancer' ? '<pending>' : '<none>';
}

function selectorOf({ selector = {} }: ServiceRow): string {
  const labels = Object.entries(selector).sort(([a], [b]) => (a < b ? -1 : 1));
  return labels.map(([key, value]) => `${key}=${value}`).join(',') || '<none>';
}

export function formatServices(rows: readonly ServiceRow[], now: Micros, options: TableOptions): string {
  const header = ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE', ...(options.wide ? ['SELECTOR'] : [])];
  const cells = rows.map((row) => [
    row.name,
    row.type,
    row.clusterIP,
    externalIps(row),
    row.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(',') || '<none>',
    age(now, row.createdAt),
    ...(options.wide ? [selectorOf(row)] : []),
  ]);
  const namespaces = rows.map(({ namespace }) => namespace);
  return namespaced(header, cells, namespaces, options.everywhere);
}

function podStatus({ phase, reason, terminating }: PodRow): string {
  if (terminating) return 'Terminating';
  return reason !== '' ? reason : phase;
}

export function formatPods(rows: readonly PodRow[], now: Micros, options: TableOptions): string {
  const wide = options.wide ? ['IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'] : [];
  const cells = rows.map((row) => {
    const containers = row.containers ?? { ready: row.ready ? 1 : 0, all: 1 };
    return [
      row.name,
      `${containers.ready}/${containers.all}`,
      podStatus(row),
      String(row.restarts ?? 0),
      age(now, row.createdAt),
      ...(options.wide ? [row.ip || '<none>', row.node || '<none>', '<none>', '<none>'] : []),
    ];
  });
  const namespaces = rows.map(({ namespace }) => namespace);
  return namespaced(['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', ...wide], cells, namespaces, options.everywhere);
}

/** Leases of kube-node-lease. A lease is as old as its node, as far as rows tell. */
export function formatLeases(rows: readonly NodeRow[], now: Micros, options: Pick<TableOptions, 'everywhere'>): string {
  const leases = rows.filter(({ leaseRenewedAt }) => leaseRenewedAt !== undefined);
  const cells = leases.map(({ name, createdAt }) => [name, name, age(now, createdAt)]);
  const namespaces = leases.map(() => 'kube-node-lease');
  return namespaced(['NAME', 'HOLDER', 'AGE'], cells, namespaces, options.everywhere);
}

/** What `kubectl get leases` does not show and the outage turns on: when each lease was last renewed, in seconds of the case. */
export function formatRenewals(rows: readonly NodeRow[], now: Micros): string {
  const seconds = (micros: Micros) => `${(micros / 1_000_000).toFixed(3)} s`;
  return formatTable(
    ['NAME', 'RENEWED', 'AGO'],
    rows.flatMap(({ name, leaseRenewedAt }) =>
      leaseRenewedAt === undefined ? [] : [[name, seconds(leaseRenewedAt), seconds(now - leaseRenewedAt)]],
    ),
  );
}

/** Conditions and taints of nodes, which the plain table folds into one word. */
export function formatConditions(rows: readonly NodeRow[]): string {
  const cells = rows.flatMap(({ name, conditions, taints }) =>
    Object.entries(conditions).map(([type, { status, reason, since }]) => [
      name,
      type,
      status,
      reason || '<none>',
      `${(since / 1_000_000).toFixed(3)} s`,
      taints.join(',') || '<none>',
    ]),
  );
  return formatTable(['NODE', 'TYPE', 'STATUS', 'REASON', 'SINCE', 'TAINTS'], cells);
}
