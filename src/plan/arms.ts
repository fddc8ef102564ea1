/**
 * The arms of one case: which there are, and each of them resolved. The first carries the treatment; `control` leaves it out;
 * those under `control.arms` keep it and change what they say.
 */
import type { Findings } from '../scenario/findings.js';
import type { LoadedScenario } from '../scenario/load.js';
import type { ClusterSpec, KubeObject } from '../scenario/model.js';
import type { Path } from '../scenario/source-tree.js';
import type { ScenarioV1 } from '../scenario/v1.js';
import { nodeBinder } from './bind-nodes.js';
import { clusterSpec } from './cluster.js';
import { checkNeeds } from './cluster-needs.js';
import { type ClusterLayer, ClusterSite } from './cluster-site.js';
import { type Condition, matches, type Point } from './match.js';
import { isMapping, mergeClusters, NODES_MAX } from './merge.js';
import { objectProblems } from './object-problems.js';
import { paceOf } from './pace.js';
import type { ArmSpec } from './plan.js';
import { probeSpec } from './probes.js';
import { Scope } from './scope.js';
import { Site } from './site.js';
import { firstIpv6 } from './skip.js';
import { stepSpecs } from './steps.js';

type Raw = Readonly<Record<string, unknown>>;

/** What an arm is before anything is resolved. */
interface ArmPlan extends Pick<ArmSpec, 'name' | 'omitTreatment' | 'expect' | 'side'> {
  readonly cluster?: unknown;
  /** Where `cluster` stands in the scenario. */
  readonly clusterPath?: Path;
  readonly variables?: Raw;
}

/** What the user said of time on the command line. */
export interface TimeFactors {
  readonly deadlineFactor?: number;
  readonly timeScale?: number;
}

/** Resolves arms of one scenario; clusters that come out alike are the same object. */
export class ArmMaker {
  readonly #loaded: LoadedScenario;
  readonly #scenario: ScenarioV1;
  readonly #findings: Findings;
  readonly #factors: TimeFactors;
  readonly #clusters = new Map<string, ClusterSpec | string | undefined>();

  constructor(loaded: LoadedScenario, findings: Findings, factors: TimeFactors) {
    this.#loaded = loaded;
    this.#scenario = loaded.document.value as ScenarioV1;
    this.#findings = findings;
    this.#factors = factors;
  }

  /** All arms at a point. `ipv6` names what the model has no words for; `undefined` where something was reported. */
  arms(point: Point, noControl: boolean): { readonly arms: readonly ArmSpec[]; readonly ipv6?: string } | undefined {
    const made: ArmSpec[] = [];
    for (const plan of armPlans(this.#scenario, point, noControl)) {
      const [first] = made;
      // The control arm leaves steps out, and is otherwise the first arm to the byte.
      const alike = first !== undefined && plan.cluster === undefined && plan.variables === undefined;
      const { name, omitTreatment, expect } = plan;
      const arm = alike ? { ...first, name, omitTreatment, expect } : this.#arm(plan, point);
      if (typeof arm === 'string') return { arms: [], ipv6: arm };
      if (arm === undefined) return undefined;
      made.push(arm);
    }
    return { arms: made };
  }

  #arm(plan: ArmPlan, point: Point): ArmSpec | string | undefined {
    const before = this.#findings.size;
    const scope = new Scope(point, { ...this.#scenario.variables, ...plan.variables });
    const cluster = this.#cluster(plan, scope);
    if (cluster === undefined || typeof cluster === 'string') return cluster;
    const { deadlineFactor = 1 } = this.#factors;
    const ipv6 = this.#ipv6(point, plan);
    if (ipv6 !== undefined) return ipv6;
    const planned = nodeBinder(cluster.nodes.map(({ name, ip }) => ({ name, kubernetesName: name, ip })));
    const context = {
      scope,
      point,
      nodes: new Set(cluster.nodes.map((node) => node.name)),
      pace: paceOf(cluster.timing.scale, deadlineFactor),
      manifests: this.#loaded.manifests,
      validate: (object: KubeObject) => objectProblems(planned(object), cluster.kubernetes),
    };
    const { document } = this.#loaded;
    const site = new Site(document, this.#findings);
    const { name, omitTreatment, expect, side } = plan;
    const arm: ArmSpec = {
      name,
      omitTreatment,
      expect,
      ...(side === undefined ? {} : { side }),
      cluster,
      probes: Object.entries(this.#scenario.probes ?? {}).flatMap(
        ([key, raw]) => probeSpec(key, raw, context, site.below('probes', key)) ?? [],
      ),
      steps: stepSpecs(this.#scenario.steps, context, site.below('steps')),
      catch: stepSpecs(this.#scenario.catch, context, site.below('catch')),
      finally: stepSpecs(this.#scenario.finally, context, site.below('finally')),
    };
    checkNeeds([...arm.steps, ...arm.catch, ...arm.finally], cluster, this.#findings);
    return this.#findings.size === before ? arm : undefined;
  }

  #paced(cluster: ClusterSpec | undefined): ClusterSpec | undefined {
    const { timeScale = 1 } = this.#factors;
    return cluster && { ...cluster, timing: { ...cluster.timing, scale: cluster.timing.scale * timeScale } };
  }

  /** A string names an IPv6 address in it. */
  #cluster(plan: ArmPlan, scope: Scope): ClusterSpec | string | undefined {
    const { document, cluster: file } = this.#loaded;
    if (file === undefined) return undefined;
    const paths: Path[] = [['cluster', 'with'], ...(plan.clusterPath ? [plan.clusterPath] : [])];
    const overrides = [this.#scenario.cluster.with ?? {}, plan.cluster ?? {}].map((raw, index) => {
      const site = new Site(document, this.#findings, paths[index] ?? []);
      return site.resolve(scope, raw, 'scenario') as Raw | undefined;
    });
    const sound = overrides.filter((raw) => raw !== undefined);
    if (sound.length < overrides.length) return undefined;
    const key = JSON.stringify(sound);
    if (this.#clusters.has(key)) return this.#clusters.get(key);
    const layers: ClusterLayer[] = [{ document: file, path: ['spec'] }, ...paths.map((path) => ({ document, path }))];
    const site = new ClusterSite(layers, this.#findings);
    const { metadata, spec } = file.value as { readonly metadata: { readonly name: string }; readonly spec: Raw };
    const merged = mergeClusters([spec, ...sound]);
    if (merged.tooMany !== undefined) {
      site.report(['nodes'], 'WT0505', `${merged.tooMany} nodes; at most ${NODES_MAX}`);
    }
    const made =
      merged.tooMany === undefined
        ? (firstIpv6(merged.spec) ?? this.#paced(clusterSpec(metadata.name, merged.spec, site)))
        : undefined;
    this.#clusters.set(key, made);
    return made;
  }

  #ipv6(point: Point, plan: ArmPlan): string | undefined {
    const { variables, probes, steps, catch: onFailure, finally: atEnd } = this.#scenario;
    const running = [...steps, ...(onFailure ?? []), ...(atEnd ?? [])].filter((step) => runs(step, point));
    const files = running
      .flatMap((step) => [...(step.apply ?? []), ...(step.delete ?? [])])
      .flatMap((item) => {
        const path = isMapping(item) ? item.file : item;
        return typeof path === 'string' ? (this.#loaded.manifests.get(path)?.documents ?? []) : [];
      });
    const parts = [
      [...point.values()],
      { ...variables, ...plan.variables },
      probes,
      running,
      files.map((file) => file.value),
    ];
    return firstIpv6(parts);
  }
}

function runs(step: ScenarioV1['steps'][number], point: Point): boolean {
  return matches((step.when ?? {}) as Condition, point);
}

/** A treatment that `when` leaves out at this point is none. */
export function hasTreatment(scenario: ScenarioV1, point: Point): boolean {
  return scenario.steps.some((step) => step.treatment === true && runs(step, point));
}

function armPlans(scenario: ScenarioV1, point: Point, noControl: boolean): readonly ArmPlan[] {
  const sides = Object.entries(scenario.compare ?? {});
  if (sides.length > 0) {
    return sides.map(([side, cluster]) => {
      const clusterPath = ['compare', side];
      return { name: side, omitTreatment: false, expect: 'first', side, cluster, clusterPath };
    });
  }
  const treated = hasTreatment(scenario, point);
  const first: ArmPlan = { name: treated ? 'treatment' : 'main', omitTreatment: false, expect: 'first' };
  if (noControl) return [first];
  const { sameWhen, arms = [] } = scenario.control ?? {};
  const same = sameWhen !== undefined && matches(sameWhen as Condition, point);
  const control: ArmPlan = { name: 'control', omitTreatment: true, expect: same ? 'same' : 'differs' };
  const further = arms.map((arm, index): ArmPlan => {
    const clusterPath = ['control', 'arms', index, 'cluster'];
    const changes = {
      ...(arm.cluster === undefined ? {} : { cluster: arm.cluster }),
      ...(arm.variables === undefined ? {} : { variables: arm.variables }),
    };
    return { name: arm.name, omitTreatment: false, expect: arm.expect ?? 'differs', clusterPath, ...changes };
  });
  return [first, ...(treated ? [control] : []), ...further];
}
