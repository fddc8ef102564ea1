/**
 * What an arm has beside its nodes: add-ons and what they measure, schedulers and what they decide, traffic and the rates of the links it goes over.
 * Deployed in this order before the arm's first step, each seen to work, and taken away in the opposite one.
 */
import type { Micros } from '../../src/base/instant.js';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { Metrics, Traffic } from '../../src/ports/testbed.js';
import type { ClusterSpec } from '../../src/scenario/model.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import type { Ends } from '../ends/ends.js';
import { deployAddons } from './addons/addons.js';
import type { Requester } from './api-request.js';
import type { Bystander } from './bystander.js';
import type { KindCluster } from './cluster.js';
import type { Images } from './images.js';
import type { NoteChange } from './node-change.js';
import { ensureOnNodes } from './node-images.js';
import { setUpNodes } from './node-setup.js';
import { imagesIn } from './object-images.js';
import type { DecisionRecord } from './scheduling/decision-log.js';
import { deploySchedulers, type Follow } from './scheduling/scheduler-deploy.js';
import { nodeExporterCounters } from './traffic/flow-counters.js';
import { limitLinks } from './traffic/links.js';
import { KindTraffic } from './traffic/traffic.js';

export interface ArmPartsPlan {
  readonly steps: ArmSpec['steps'];
  /** With the addresses that the nodes have. */
  readonly spec: ClusterSpec;
  readonly cluster: KindCluster;
  readonly request: Requester;
  readonly images: Images;
  readonly bystanders: readonly Bystander[];
  readonly follow: Follow;
  /** The arm's clock. */
  readonly now: () => Micros;
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** What is changed on a node, before it is. */
  readonly changing?: NoteChange | undefined;
}

export interface ArmParts {
  readonly metrics?: Metrics;
  readonly traffic?: Traffic;
  readonly notes: readonly string[];
  decisions(): readonly DecisionRecord[];
}

/** What is made is added to `ends`; a part that is made in vain takes itself away. */
export async function openParts(plan: ArmPartsPlan, ends: Ends): Promise<ArmParts> {
  await setUpNodes(plan.cluster, plan.spec, ends, plan.changing);
  const notes = [...(await loadMapped(plan))];
  const addons = await deployAddons(plan);
  ends.add(() => addons.close());
  notes.push(...addons.notes);
  const schedulers = plan.spec.schedulers.length > 0 ? await deploySchedulers(plan) : undefined;
  if (schedulers) ends.add(() => schedulers.close());
  notes.push(...(schedulers?.notes ?? []));
  const traffic = await openTraffic(plan, ends, notes);
  return {
    ...(addons.metrics && { metrics: addons.metrics }),
    ...(traffic && { traffic }),
    notes,
    decisions: () => schedulers?.decisions.decisions() ?? [],
  };
}

/** What the image map names for images of the scenario: it lies in the Docker daemon, and no node could pull it. */
async function loadMapped({ steps, cluster, images, say, signal }: ArmPartsPlan): Promise<readonly string[]> {
  const { docker, nodes } = cluster;
  const containers = nodes.map(({ container }) => container);
  const mapped = imagesIn(steps).filter((image) => images.swap(image) !== image);
  const notes: string[] = [];
  for (const image of mapped)
    notes.push(...(await ensureOnNodes({ docker, containers, image: images.swap(image), say, signal })).notes);
  return notes;
}

/** None where no step sends anything. */
async function openTraffic(plan: ArmPartsPlan, ends: Ends, notes: string[]): Promise<KindTraffic | undefined> {
  const { steps, spec, cluster, request, images, bystanders, say, signal } = plan;
  if (!steps.some(({ action }) => action?.kind === 'traffic')) return undefined;
  const { docker, label } = cluster;
  const rates = new Map(spec.nodes.map(({ name, linkRateBps }) => [name, linkRateBps]));
  const nodes = cluster.nodes.map(({ name, container }) => ({ name, container, linkRateBps: rates.get(name) ?? 0 }));
  const links = await limitLinks({ docker, nodes, label, say });
  ends.add(() => links.undo());
  notes.push(...links.notes);
  const hasExporter = spec.addons['node-exporter'] !== undefined;
  const counted = [
    ...cluster.nodes.map(({ name, container, ip }) => [name, { container, ...(hasExporter && { ip }) }] as const),
    ...bystanders.map(({ name, container }) => [name, { container }] as const),
  ];
  const traffic = new KindTraffic({
    docker,
    cluster,
    bystanders: new Map(bystanders.map(({ name, container }) => [name, container])),
    image: images.of('traffic'),
    counters: nodeExporterCounters(docker, new Map(counted)),
    say,
    request,
    signal,
  });
  ends.add(() => traffic.close());
  await traffic.prepare();
  return traffic;
}

/** Of both kinds those from `since` on, as they were seen. */
export function inOrder(
  events: readonly HistoryRecord[],
  decisions: readonly HistoryRecord[],
  since: Micros,
): readonly HistoryRecord[] {
  const later = decisions.filter(({ at }) => at >= since);
  return later.length === 0 ? events : [...events, ...later].sort((a, b) => a.at - b.at);
}
