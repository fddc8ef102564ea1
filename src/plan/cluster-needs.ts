/** What steps need of their arm's cluster: a Prometheus to ask, a scheduler to place pods. */
import type { Findings } from '../scenario/findings.js';
import type { ClusterSpec, StepSpec } from '../scenario/model.js';
import { suggest } from '../scenario/suggest.js';

const DEFAULT_SCHEDULER = 'default-scheduler';

export function checkNeeds(steps: readonly StepSpec[], cluster: ClusterSpec, findings: Findings): void {
  const schedulers = [DEFAULT_SCHEDULER, ...cluster.schedulers.map(({ name }) => String(name))];
  for (const { action, expect, place } of steps) {
    for (const expectation of expect) {
      if (expectation.kind !== 'promql' || cluster.addons.prometheus !== undefined) continue;
      const message = `promql needs Prometheus; the cluster ${cluster.name} has none`;
      findings.add('WT0510', expectation.place, message, 'addons: {node-exporter: {}, prometheus: {}}');
    }
    if (action?.kind !== 'schedule') continue;
    const { spec } = action.arrivals.template as { readonly spec?: { readonly schedulerName?: unknown } };
    const wanted = spec?.schedulerName ?? DEFAULT_SCHEDULER;
    // A template is as the API takes it: nothing has said yet that this is text.
    const name = typeof wanted === 'string' ? wanted : JSON.stringify(wanted);
    if (schedulers.includes(name)) continue;
    const message = `the cluster ${cluster.name} has no scheduler ${name}`;
    findings.add('WT0511', place, message, suggest(name, schedulers, 'schedulers'));
  }
}
