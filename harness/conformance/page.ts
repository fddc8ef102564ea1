/**
 * What is on record of the conformance runs: docs/conformance.json, and docs/conformance.md, which is made of it. A run renews the
 * kernels that it asked, and leaves the others.
 */
import { agrees, type Row } from './experiments.js';
import { type ClusterRow, clusterAgrees } from './kind/rows.js';
import { type ScenarioRow, sameVerdict } from './scenarios.js';

export interface KernelReport {
  /** `6.1.176`. */
  readonly release: string;
  readonly driver: string;
  /** `2026-11-22`. */
  readonly date: string;
  readonly rows: readonly Row[];
  readonly topologies: {
    readonly cases: number;
    readonly tries: number;
    /** Answers that differed once and not again. */
    readonly once: number;
    readonly firstSeed: string;
  };
}

/** What the real kube-proxy of one release does, beside the model's. */
export interface ProxyReport {
  /** `1.34.2`. */
  readonly version: string;
  /** Of the kernel. */
  readonly release: string;
  readonly date: string;
  readonly rows: readonly Row[];
}

export interface ConformanceRecord {
  readonly kernels: readonly KernelReport[];
  readonly scenarios?: { readonly release: string; readonly date: string; readonly rows: readonly ScenarioRow[] };
  readonly kubeProxies?: readonly ProxyReport[];
  readonly clusters?: readonly (ClusterRow & { readonly date: string })[];
}

/** `found` in place of those of the same name; ordered by it. */
function merged<T>(before: readonly T[], found: readonly T[], nameOf: (one: T) => string): readonly T[] {
  const names = new Set(found.map(nameOf));
  const kept = before.filter((one) => !names.has(nameOf(one)));
  return [...kept, ...found].sort((a, b) => nameOf(a).localeCompare(nameOf(b), 'en', { numeric: true }));
}

/** What was on record, renewed by what a run found. */
export function renewed(before: ConformanceRecord | undefined, found: ConformanceRecord): ConformanceRecord {
  const kernels = merged(before?.kernels ?? [], found.kernels, ({ release }) => release);
  const scenarios = found.scenarios ?? before?.scenarios;
  const kubeProxies = merged(before?.kubeProxies ?? [], found.kubeProxies ?? [], ({ version }) => version);
  const clusters = merged(before?.clusters ?? [], found.clusters ?? [], ({ id, how }) => `${id} ${how}`);
  return {
    kernels,
    ...(scenarios && { scenarios }),
    ...(kubeProxies.length > 0 && { kubeProxies }),
    ...(clusters.length > 0 && { clusters }),
  };
}

const HEAD = `# Model against kernel

Written by \`npm run conformance:kernel -- --write\`. The same code sets up the hosts of the model and network namespaces of a Linux kernel, and
asks both the same questions. E-numbers and tables are those of the kernel's facts: what a bound address does to ARP, to connections that are
made and to those that stand. **Agree** means word for word. A question that differs is asked once more with nothing beside it, because a guest
that thirty experiments share may answer late; the second answer is the one on record. So it is with random topologies, where
the number of answers that differed once and not again is told.

Not compared: IPv6 (E16), VXLAN (E14), a new route by a bound address, the kernel's log of martians (user-mode Linux is built without
CONFIG_IP_ROUTE_VERBOSE). In random topologies limits on the rate of ICMP are off and IPVS uses conntrack: the model has neither the first nor IPVS
without the second.`;

const cell = (text: string) => text.replaceAll('|', '\\|');

function table(rows: readonly Row[]): string {
  const lines = rows.map((row, index) => {
    const first = rows[index - 1]?.id !== row.id;
    const cells = [first ? row.id : '', row.question, row.kernel, row.model, agrees(row) ? 'yes' : '**no**'];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return ['| experiment | question | kernel | model | agree |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

function section({ release, driver, date, rows, topologies }: KernelReport): string {
  const { cases, tries, once, firstSeed } = topologies;
  return [
    `## Linux ${release} (${driver}), ${date}`,
    `${rows.filter(agrees).length} of ${rows.length} answers agree.`,
    `Random topologies: ${cases} from seed ${firstSeed}, ${tries} connections, all as the model says; ${once} differed once and not again.`,
    table(rows),
  ].join('\n\n');
}

function scenarioSection({ release, date, rows }: NonNullable<ConformanceRecord['scenarios']>): string {
  const lines = rows.map((row) => {
    const { skipped } = row;
    const sides = skipped === undefined ? [row.kernel, row.sim] : ['–', '–'];
    const agree = skipped === undefined ? (sameVerdict(row) ? 'yes' : '**no**') : `skipped: ${skipped}`;
    return `| ${[row.id, ...sides, agree].map(cell).join(' | ')} |`;
  });
  const head = `The outage scenarios on the backends \`netns\` (Linux ${release}) and \`sim\`, timers at a tenth, deadlines threefold: verdicts and causes.`;
  const rule = '| --- | --- | --- | --- |';
  return [`## Scenarios, ${date}`, '', head, '', '| case | kernel | model | agree |', rule, ...lines].join('\n');
}

function clusterSection(rows: NonNullable<ConformanceRecord['clusters']>): string {
  const lines = rows.map((row) => {
    const agree = clusterAgrees(row) ? (row.note ?? 'yes') : '**no**';
    return `| ${[row.id, row.how, row.kind, row.note === undefined ? row.sim : '–', agree, row.date].map(cell).join(' | ')} |`;
  });
  const head = `The same files on a real kind cluster (Kubernetes 1.34.2) and on \`sim\`, by \`npm run test:kind -- --write\`: verdicts and causes. *Emulated*: the kernel had
no ip_vs, kube-proxy ran in mode iptables, and what mode ipvs binds was bound by hand. A canary has to fail.`;
  const columns = '| case | kube-proxy | kind | model | agree | seen |';
  return ['## Real clusters', '', head, '', columns, '| --- | --- | --- | --- | --- | --- |', ...lines].join('\n');
}

const PROXIES = `## The real kube-proxy

Written by \`npm run conformance:kube-proxy -- --write\`. Three namespaces of a real kernel with the real kube-proxy in each, in mode ipvs, a real
API server and etcd; beside them the model's cluster of the same version. After every step the addresses of kube-ipvs0, IPVS's table and the rules of the chains
KUBE-SERVICES and KUBE-IPVS-FILTER are compared word for word, as far as they belong to the Services of the step. \`No answer\` stands for timed out and
for no route to host, which alternate. Which node answers on port 10250 is what its server says; :6443 is the API server.`;

/** Steps of which all answers are alike on all nodes are a line each; connections have a table of their own. */
function proxySection({ version, release, date, rows }: ProxyReport): string {
  return [
    `### kube-proxy ${version} (Linux ${release}), ${date}`,
    `${rows.filter(agrees).length} of ${rows.length} answers agree.`,
    proxyTable(rows),
  ].join('\n\n');
}

function proxyTable(rows: readonly Row[]): string {
  const lines = rows.map((row, index) => {
    const step = `${row.id}: ${row.title}`;
    const before = rows[index - 1];
    const first = before?.id !== row.id || before.title !== row.title;
    const cells = [first ? step : '', row.question, row.kernel, row.model, agrees(row) ? 'yes' : '**no**'];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return ['| step | question | kube-proxy | model | agree |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

function titles(rows: readonly Row[]): string {
  const seen = new Map(rows.map(({ id, title }) => [id, title]));
  return ['## What is tried', '', ...[...seen].map(([id, title]) => `- **${id}**: ${title}`)].join('\n');
}

const counted = (rows: readonly Row[]) => `${rows.filter(agrees).length} of ${rows.length}`;

function summary({ kernels, scenarios, kubeProxies = [], clusters = [] }: ConformanceRecord): string {
  const lines = kernels.flatMap(({ release, rows, topologies: { cases } }) => [
    `| answers of Linux ${release} | ${counted(rows)} |`,
    `| random topologies, Linux ${release} | ${cases} of ${cases} |`,
  ]);
  if (scenarios) {
    const run = scenarios.rows.filter(({ skipped }) => skipped === undefined);
    lines.push(`| outage scenarios, verdict and cause | ${run.filter(sameVerdict).length} of ${run.length} |`);
  }
  const both = clusters.filter(({ note }) => note === undefined);
  if (both.length > 0) {
    lines.push(`| real clusters, verdict and cause | ${both.filter(clusterAgrees).length} of ${both.length} |`);
  }
  const alone = clusters.filter(({ note }) => note !== undefined);
  if (alone.length > 0) {
    lines.push(
      `| real clusters alone, verdict as it has to be | ${alone.filter(clusterAgrees).length} of ${alone.length} |`,
    );
  }
  for (const { version, rows } of kubeProxies) lines.push(`| kube-proxy ${version} | ${counted(rows)} |`);
  return ['| compared | agree |', '| --- | --- |', ...lines].join('\n');
}

export function conformancePage(record: ConformanceRecord): string {
  const { kernels, scenarios, kubeProxies = [], clusters = [] } = record;
  const parts = [HEAD, summary(record), ...(scenarios ? [scenarioSection(scenarios)] : [])];
  if (clusters.length > 0) parts.push(clusterSection(clusters));
  parts.push(...kernels.map(section));
  const [first] = kernels;
  if (first) parts.push(titles(first.rows));
  if (kubeProxies.length > 0) parts.push(PROXIES, ...kubeProxies.map(proxySection));
  return `${parts.join('\n\n')}\n`;
}
