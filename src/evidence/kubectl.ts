/**
 * `kubectl get nodes|services|pods|leases` as kubectl prints them, ages relative to the instant of the rows. Wide columns that no
 * model has (OS image, runtime, nominated node) are told as `<none>` or left out.
 */
import type { Micros } from '../base/instant.js';
import { formatAge } from './age.js';
import type { NodeRow, PodRow, ServiceRow } from './rows.js';
import { formatTable } from './table.js';

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

export function formatNodes(rows: readonly NodeRow[], now: Micros, options: { readonly wide: boolean }): string {
  const header = ['NAME', 'STATUS', 'ROLES', 'AGE', 'VERSION'];
  const cells = rows.map((row) => [
    row.name,
    nodeStatus(row),
    row.role === 'control-plane' ? 'control-plane' : '<none>',
    age(now, row.createdAt),
    row.kubeletVersion,
  ]);
  if (!options.wide) return formatTable(header, cells);
  const wide = rows.map((row, i) => [...(cells[i] ?? []), row.internalIP, '<none>']);
  return formatTable([...header, 'INTERNAL-IP', 'EXTERNAL-IP'], wide);
}

function externalIps({ type, externalIPs, loadBalancerIPs }: ServiceRow): string {
  const all = [...loadBalancerIPs, ...externalIPs];
  if (all.length > 0) return all.join(',');
  return type === 'LoadBalancer' ? '<pending>' : '<none>';
}

/** `everywhere`: with the namespace, as `-A` prints. */
export function formatServices(
  rows: readonly ServiceRow[],
  now: Micros,
  options: { readonly everywhere: boolean },
): string {
  const header = ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE'];
  const cells = rows.map((row) => [
    row.name,
    row.type,
    row.clusterIP,
    externalIps(row),
    row.ports.map(({ port, protocol }) => `${port}/${protocol}`).join(',') || '<none>',
    age(now, row.createdAt),
  ]);
  if (!options.everywhere) return formatTable(header, cells);
  return formatTable(
    ['NAMESPACE', ...header],
    rows.map(({ namespace }, i) => [namespace, ...(cells[i] ?? [])]),
  );
}

function podStatus({ phase, reason, terminating }: PodRow): string {
  if (terminating) return 'Terminating';
  return reason !== '' ? reason : phase;
}

/** `-o wide`, and with the namespace where `everywhere`. */
export function formatPods(rows: readonly PodRow[], now: Micros, options: { readonly everywhere: boolean }): string {
  const header = ['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'IP', 'NODE', 'NOMINATED NODE', 'READINESS GATES'];
  const cells = rows.map((row) => {
    const containers = row.containers ?? { ready: row.ready ? 1 : 0, all: 1 };
    return [
      row.name,
      `${containers.ready}/${containers.all}`,
      podStatus(row),
      String(row.restarts ?? 0),
      age(now, row.createdAt),
      row.ip || '<none>',
      row.node || '<none>',
      '<none>',
      '<none>',
    ];
  });
  if (!options.everywhere) return formatTable(header, cells);
  return formatTable(
    ['NAMESPACE', ...header],
    rows.map(({ namespace }, i) => [namespace, ...(cells[i] ?? [])]),
  );
}

/** Leases of kube-node-lease. A lease is as old as its node, as far as rows tell. */
export function formatLeases(rows: readonly NodeRow[], now: Micros): string {
  const leases = rows.filter(({ leaseRenewedAt }) => leaseRenewedAt !== undefined);
  return formatTable(
    ['NAME', 'HOLDER', 'AGE'],
    leases.map(({ name, createdAt }) => [name, name, age(now, createdAt)]),
  );
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
