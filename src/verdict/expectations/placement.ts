/**
 * `{placement: {app: x}, on, count, scheduled, plugin, ran, margin, over}`: where the pods with these labels are, of all namespaces, and what
 * a score plugin had to say in it. Each of several must hold.
 *
 * Points are those that the scheduler itself told when it decided. A pod that only one node could have had was not scored.
 */
import { SECOND } from '../../base/instant.js';
import type { KubeObject } from '../../scenario/model.js';
import { compare } from '../compare.js';
import type { Decision } from '../history.js';
import { type ExpectationOf, each, NO_API, type Observation, type StateKind, type View } from './kind.js';
import { withLabels } from './pods.js';

type Placement = ExpectationOf<'placement'>;

interface Placed {
  /** `namespace/name`. */
  readonly pod: string;
  /** As the scenario names it; undefined where the pod has none yet. */
  readonly node: string | undefined;
}

function readPlaced({ metadata, spec }: KubeObject, view: View): Placed {
  const { nodeName } = (spec ?? {}) as { readonly nodeName?: string };
  const node = nodeName === undefined ? undefined : view.nodeNamed(nodeName);
  return { pod: `${metadata.namespace ?? 'default'}/${metadata.name}`, node };
}

/** `7 on worker-2, 6 on worker-3, 1 without a node`. */
function spread(pods: readonly Placed[]): string {
  const counts = new Map<string, number>();
  for (const { node } of pods) {
    const where = node === undefined ? 'without a node' : `on ${node}`;
    counts.set(where, (counts.get(where) ?? 0) + 1);
  }
  const inOrder = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return inOrder.map(([where, count]) => `${count} ${where}`).join(', ');
}

function placed({ on, count, scheduled }: Placement, pods: readonly Placed[]): Observation[] {
  const seen = spread(pods);
  const observations: Observation[] = [];
  const withNode = pods.filter(({ node }) => node !== undefined);
  if (scheduled !== undefined) observations.push({ holds: withNode.length === scheduled, seen });
  const there = on === undefined ? withNode : withNode.filter(({ node = '' }) => on.includes(node));
  if (count !== undefined) observations.push({ holds: compare(count, there.length), seen });
  else if (on !== undefined) observations.push({ holds: there.length === pods.length, seen });
  return observations;
}

type Points = Readonly<Record<string, number>>;

/** The node of the second most points, all plugins together. */
function runnerUp({ node, points }: Decision): string | undefined {
  const totals = new Map<string, number>();
  for (const ofNodes of Object.values(points)) {
    for (const [name, value] of Object.entries(ofNodes)) totals.set(name, (totals.get(name) ?? 0) + value);
  }
  totals.delete(node);
  return [...totals].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** Undefined where one of the two was not scored. */
function marginOf(decision: Decision, points: Points, over: string | undefined): number | undefined {
  const winner = points[decision.node];
  const other = points[over ?? runnerUp(decision) ?? ''];
  return winner === undefined || other === undefined ? undefined : winner - other;
}

/** Where a scheduler has not told of every pod that has a node, neither answer is known. */
function ran(
  { plugin = '', ran: wanted }: Placement,
  pods: readonly Placed[],
  decisions: readonly (Decision | undefined)[],
): Observation {
  const untold = pods.filter(({ node }, i) => node !== undefined && decisions[i] === undefined).length;
  if (untold > 0) return { holds: null, seen: `no scheduler has told of ${untold} of ${pods.length} pods` };
  const scored = decisions.filter((decision) => Object.keys(decision?.points[plugin] ?? {}).length > 1).length;
  const holds = wanted ? scored === pods.length : scored === 0;
  return { holds, seen: `${plugin} scored several nodes for ${scored} of ${pods.length} pods` };
}

function margins(expectation: Placement, decisions: readonly (Decision | undefined)[], view: View): Observation {
  const { plugin = '', margin, over } = expectation;
  const overName = over === undefined ? undefined : view.kubernetesName(over);
  const found = decisions.map((decision) => {
    const points = decision?.points[plugin];
    return decision && points ? marginOf(decision, points, overName) : undefined;
  });
  const known = found.filter((value) => value !== undefined);
  const beside = over ?? 'the runner-up';
  if (known.length < found.length) {
    return { holds: null, seen: `${plugin} compared with ${beside} for ${known.length} of ${found.length} pods` };
  }
  const least = Math.min(...known);
  const most = Math.max(...known);
  const range = least === most ? String(least) : `${least} to ${most}`;
  const holds =
    margin === undefined ? null : each(known.map((value) => ({ holds: compare(margin, value), seen: '' }))).holds;
  return { holds, seen: `${plugin} gave the chosen nodes ${range} points more than ${beside}` };
}

async function scored(expectation: Placement, pods: readonly Placed[], view: View): Promise<Observation[]> {
  const { plugin, ran: wanted, margin } = expectation;
  if (plugin === undefined) return [];
  const known = await view.decisions();
  const decisions = pods.map(({ pod }) => known.get(pod));
  const observations: Observation[] = [];
  if (wanted !== undefined) observations.push(ran(expectation, pods, decisions));
  if (margin !== undefined) observations.push(margins(expectation, decisions, view));
  return observations;
}

/** A real scheduler's log line comes a moment after the API server knows of the binding. */
const TOLD_AFTER = 3 * SECOND;

export const placement: StateKind<'placement'> = {
  compared: true,
  notBefore: ({ plugin }, view) => (plugin === undefined ? undefined : view.now + TOLD_AFTER),
  async observe(expectation, view) {
    if (!view.hasApi) return NO_API;
    const objects = withLabels(await view.objects('Pod'), expectation.labels);
    const pods = objects.map((object) => readPlaced(object, view));
    if (pods.length === 0) return { holds: null, seen: 'no pod' };
    return each([...placed(expectation, pods), ...(await scored(expectation, pods, view))]);
  },
};
