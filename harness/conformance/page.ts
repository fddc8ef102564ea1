/** docs/conformance.md: what was compared with which kernels, when, and how each side answered. Written by the run, never by hand. */
import { agrees, type Row } from './experiments.js';
import { type ScenarioRow, sameVerdict } from './scenarios.js';

export interface KernelReport {
  /** `6.1.176`. */
  readonly release: string;
  readonly driver: string;
  readonly rows: readonly Row[];
  readonly topologies: { readonly cases: number; readonly tries: number; readonly firstSeed: string };
}

const HEAD = `# Model against kernel

Written by \`npm run conformance:kernel -- --write\`. The same code sets up the hosts of the model and network namespaces of a Linux kernel, and
asks both the same questions. E-numbers and tables are those of the kernel's facts: what a bound address does to ARP, to connections that are
made and to those that stand. **Agree** means word for word.

Not compared: IPv6 (E16), VXLAN (E14), the kernel's log of martians (user-mode Linux is built without CONFIG_IP_ROUTE_VERBOSE). Switched off on both
sides, because the model has neither: limits on the rate of ICMP, and IPVS without conntrack.
`;

const cell = (text: string) => text.replaceAll('|', '\\\\|');

function table(rows: readonly Row[]): string {
  const lines = rows.map((row, index) => {
    const first = rows[index - 1]?.id !== row.id;
    const cells = [first ? row.id : '', row.question, row.kernel, row.model, agrees(row) ? 'yes' : '**no**'];
    return `| ${cells.map(cell).join(' | ')} |`;
  });
  return ['| experiment | question | kernel | model | agree |', '| --- | --- | --- | --- | --- |', ...lines].join('\n');
}

function titles(rows: readonly Row[]): string {
  const seen = new Map(rows.map(({ id, title }) => [id, title]));
  return [...seen].map(([id, title]) => `- **${id}**: ${title}`).join('\n');
}

function section({ release, driver, rows, topologies }: KernelReport): string {
  const agreed = rows.filter(agrees).length;
  const { cases, tries, firstSeed } = topologies;
  return [
    `## Linux ${release} (${driver})`,
    `${agreed} of ${rows.length} answers agree.`,
    table(rows),
    ...(cases === 0
      ? []
      : [`Random topologies: ${cases} from seed ${firstSeed}, ${tries} connections tried, all as the model says.`]),
  ].join('\n\n');
}

/** docs/conformance.json: the kernels' answers alone, which the model's own tests hold it to. */
export function conformanceRecord(reports: readonly KernelReport[]): string {
  const kernels = reports.map(({ release, rows }) => {
    const answers: Record<string, Record<string, string>> = {};
    for (const { id, question, kernel } of rows) answers[id] = { ...answers[id], [question]: kernel };
    return { release, answers };
  });
  return `${JSON.stringify({ kernels }, null, 2)}\n`;
}

function scenarioTable(rows: readonly ScenarioRow[]): string {
  const lines = rows.map((row) => {
    const agree = row.skipped === undefined ? (sameVerdict(row) ? 'yes' : '**no**') : `skipped: ${row.skipped}`;
    return `| ${[row.id, row.skipped === undefined ? row.kernel : '–', row.skipped === undefined ? row.sim : '–', agree].map(cell).join(' | ')} |`;
  });
  return ['| case | kernel | model | agree |', '| --- | --- | --- | --- |', ...lines].join('\n');
}

const SCENARIOS = `## Scenarios

The outage scenarios on the backends \`netns\` and \`sim\`, timers at a tenth: verdicts and causes.`;

export function conformancePage(
  reports: readonly KernelReport[],
  scenarios: readonly ScenarioRow[],
  date: string,
): string {
  const [first] = reports;
  const parts = [HEAD, `Date: ${date}.`, ...reports.map(section)];
  if (scenarios.length > 0) parts.push(SCENARIOS, scenarioTable(scenarios));
  return `${[...parts, ...(first ? ['## What is tried', titles(first.rows)] : [])].join('\n\n')}\n`;
}
