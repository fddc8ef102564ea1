/**
 * From scenario files to a plan: everything is read and checked before anything starts, and all problems are told at once.
 * Pure: files come through an interface, backends as capabilities, the seed as an argument.
 */
import type { Diagnostic } from '../base/diagnostic.js';
import { checkNames } from '../scenario/check-names.js';
import { checkReferences } from '../scenario/check-references.js';
import { checkSteps } from '../scenario/check-steps.js';
import { declaredIn } from '../scenario/declared.js';
import { Findings } from '../scenario/findings.js';
import { type LoadedScenario, Loader } from '../scenario/load.js';
import type { SourceFiles } from '../scenario/source.js';
import type { ScenarioV1 } from '../scenario/v1.js';
import { ArmMaker, hasTreatment } from './arms.js';
import type { Capabilities } from './capabilities.js';
import { caseId, slugs } from './case-names.js';
import type { Point } from './match.js';
import { expand, type Matrix, matrixOf, POINTS_MAX, pointCount } from './matrix.js';
import type { CaseSpec, Plan } from './plan.js';
import {
  checkPicks,
  reportNothing,
  type Selection,
  type SelectionRequest,
  selectionOf,
  selectsCase,
  selectsPoint,
} from './selection.js';
import { type Requirements, skipReason } from './skip.js';

export interface PlanRequest extends SelectionRequest {
  /** Scenario files in the order in which their cases run. */
  readonly scenarios: readonly string[];
  /** One case a backend. */
  readonly backends: readonly Capabilities[];
  readonly seed: string;
  readonly noControl?: boolean;
  /** Stretches every `within` and `timeout`; 1 unless given. */
  readonly deadlineFactor?: number;
  /** Multiplies every cluster's `timing.scale`; 1 unless given. */
  readonly timeScale?: number;
}

export interface PlanResult {
  /** Absent where anything at all is wrong. */
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
  /** The text of every file that was read, and of options such as `--tags`: for the lines under the messages. */
  readonly texts: ReadonlyMap<string, string>;
}

export function makePlan(request: PlanRequest, files: SourceFiles): PlanResult {
  const findings = new Findings();
  const selection = selectionOf(request, findings);
  const loader = new Loader(files, findings);
  const loaded = request.scenarios.flatMap((file) => loader.scenario(file) ?? []);
  for (const scenario of loaded) {
    const declared = declaredIn(scenario);
    checkNames(scenario, declared, findings);
    checkReferences(scenario, declared, findings);
    checkSteps(scenario.document, declared, findings);
  }
  checkUniqueNames(loaded, findings);
  if (selection && findings.size === 0) checkPicks(selection, axesOf(loaded), findings);
  const sound = loaded.filter((scenario) => !findings.concern(filesOf(scenario)));
  const cases = selection ? sound.flatMap((scenario) => casesOf(scenario, request, selection, findings)) : [];
  const texts = new Map(loader.texts);
  if (request.tags !== undefined) texts.set('--tags', request.tags);
  if (selection && findings.size === 0 && cases.length === 0) reportNothing(request, findings);
  if (findings.size > 0) return { diagnostics: findings.sorted(), texts };
  const named = slugs(cases.map((spec) => spec.id));
  const plan = {
    cases: cases.map((spec, index) => ({ ...spec, slug: named[index] ?? spec.slug })),
    seed: request.seed,
  };
  return { plan, diagnostics: [], texts };
}

function filesOf({ file, cluster, manifests }: LoadedScenario): ReadonlySet<string> {
  return new Set([
    file,
    ...(cluster ? [cluster.file] : []),
    ...[...manifests.values()].map((manifest) => manifest.file),
  ]);
}

/** The axes of all scenarios, with the values that they have in any. */
function axesOf(loaded: readonly LoadedScenario[]): ReadonlyMap<string, ReadonlySet<string>> {
  const axes = new Map<string, ReadonlySet<string>>();
  for (const scenario of loaded) {
    for (const [axis, values] of declaredIn(scenario).axes)
      axes.set(axis, new Set([...(axes.get(axis) ?? []), ...values]));
  }
  return axes;
}

function checkUniqueNames(loaded: readonly LoadedScenario[], findings: Findings): void {
  const first = new Map<string, string>();
  for (const { document, file } of loaded) {
    const path = ['metadata', 'name'];
    const name = document.at(path)?.value;
    if (typeof name !== 'string') continue;
    const other = first.get(name);
    if (other === undefined) first.set(name, file);
    else findings.add('WT0604', document.placeOf(path), `a scenario is called ${name} already`, `it is in ${other}`);
  }
}

function casesOf(
  loaded: LoadedScenario,
  request: PlanRequest,
  selection: Selection,
  findings: Findings,
): readonly CaseSpec[] {
  const scenario = loaded.document.value as ScenarioV1;
  const points = pointsOf(loaded, matrixOf(scenario.matrix), findings);
  if (!selection.tags(new Set(scenario.metadata.tags ?? []))) return [];
  const maker = new ArmMaker(loaded, findings, request);
  const several = request.backends.length > 1;
  return points.flatMap((point) => {
    if (!selectsPoint(selection, point)) return [];
    const wanted = request.backends.flatMap((backend) => {
      const id = caseId(scenario.metadata.name, point, several ? backend.name : undefined);
      return selectsCase(selection, id) ? [{ id, backend }] : [];
    });
    const made = wanted.length === 0 ? undefined : maker.arms(point, request.noControl === true);
    if (made === undefined) return [];
    return wanted.map(({ id, backend }) => caseSpec(id, loaded, point, backend, made, request));
  });
}

function pointsOf(loaded: LoadedScenario, matrix: Matrix, findings: Findings): readonly Point[] {
  const { document } = loaded;
  const count = pointCount(matrix);
  if (count > POINTS_MAX) {
    const message = `the matrix has ${count} points; at most ${POINTS_MAX} are planned`;
    findings.add('WT0601', document.placeOfKey(['matrix']), message, 'take values out of its axes');
    return [];
  }
  const { points, rangeOnly } = expand(matrix);
  for (const index of rangeOnly) {
    const place = document.placeOf(['matrix', 'include', index]);
    findings.add('WT0603', place, 'the include fits no point, and a range is no value of a new one');
  }
  if (points.length === 0) findings.add('WT0602', document.placeOfKey(['matrix']), 'exclude leaves no point');
  return points;
}

function caseSpec(
  id: string,
  loaded: LoadedScenario,
  point: Point,
  backend: Capabilities,
  made: NonNullable<ReturnType<ArmMaker['arms']>>,
  request: PlanRequest,
): CaseSpec {
  const scenario = loaded.document.value as ScenarioV1;
  const { name, description, tags, owner, links } = scenario.metadata;
  const compares = scenario.compare !== undefined;
  const skip =
    made.ipv6 === undefined
      ? skipReason((scenario.requires ?? {}) as Requirements, compares, made.arms, backend)
      : `the model is IPv4 only, and this holds ${made.ipv6}`;
  const treated = compares || hasTreatment(scenario, point);
  const { deadlineFactor: factor = 1 } = request;
  const notes = [
    ...(treated ? [] : ['no treatment, so no control arm']),
    ...(treated && request.noControl ? ['--no-control: nothing shows that the outcome depends on the treatment'] : []),
    ...(factor === 1 ? [] : [`--deadline-factor ${factor}: every within and timeout is that many times as long`]),
  ];
  return {
    id,
    slug: id,
    scenario: {
      name,
      description: description ?? '',
      file: loaded.file,
      tags: tags ?? [],
      ...(owner === undefined ? {} : { owner }),
      links: links ?? [],
    },
    matrix: Object.fromEntries([...point].map(([axis, value]) => [axis, String(value)])),
    backend: backend.name,
    seed: request.seed,
    arms: made.arms,
    ...(skip === undefined ? {} : { skip }),
    notes,
  };
}
