/**
 * What is on record of the conformance runs: docs/conformance.json, and docs/conformance.md, which is made of it. A run renews the
 * kernels that it asked, and leaves the others.
 */
import { agrees, type Row } from './experiments.js';
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

export interface ConformanceRecord {
  readonly kernels: readonly KernelReport[];
  readonly scenarios?: { readonly release: string; readonly date: string; readonly rows: readonly ScenarioRow[] };
}

/** What was on record, renewed by what a run found. */
export function renewed(before: ConformanceRecord | undefined, found: ConformanceRecord): ConformanceRecord {
  const releases = new Set(found.kernels.map(({ release }) => release));
  const kept = (before?.kernels ?? []).filter(({ release }) => !releases.has(release));
  const kernels = [...kept, ...found.kernels].sort((a, b) =>
    a.release.localeCompare(b.release, 'en', { numeric: true }),
  );
  const scenarios = found.scenarios ?? before?.scenarios;
  return { kernels, ...(scenarios && { scenarios }) };
}

const HEAD = `# Model against kernel

Written by \`npm run conformance:kernel -- --write\`. The same code sets up the hosts of the model and network namespaces of a Linux kernel, and
asks both the same questions. E-numbers and tables are those of the kernel's facts: what a bound address does to ARP, to connections that are
made and to those that stand. **Agree** means word for word. A question that differs is asked once more with nothing beside it, because a guest
that thirty experiments share may answer late; the second answer is the one on record. So it is with random topologies, where
the number of answers that differed once and not again is told.

Not compared: IPv6 (E16), VXLAN (E14), a new route by a bound address (§2.5), the kernel's log of martians (user-mode Linux is built without
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

function titles(rows: readonly Row[]): string {
  const seen = new Map(rows.map(({ id, title }) => [id, title]));
  return ['## What is tried', '', ...[...seen].map(([id, title]) => `- **${id}**: ${title}`)].join('\n');
}

export function conformancePage({ kernels, scenarios }: ConformanceRecord): string {
  const parts = [HEAD, ...(scenarios ? [scenarioSection(scenarios)] : []), ...kernels.map(section)];
  const [first] = kernels;
  return `${[...parts, ...(first ? [titles(first.rows)] : [])].join('\n\n')}\n`;
}
