/**
 * Random topologies on both sides: every disagreement is tried again by itself, and the ones that stay are shrunk. Guests are used for
 * a number of cases and then thrown away: to take namespaces apart takes a guest longer than a new one takes to boot.
 */
import type { LabMaker } from '../../src/lab/lab.js';
import { shrink } from '../../src/lab/shrink.js';
import { drawTopology, playTopology, type TopologySpec, type Try, triesOf } from '../../src/lab/topology.js';
import type { Kernel } from '../netns/kernel.js';
import { linuxLabs } from '../netns/linux-lab.js';

export interface Disagreement {
  readonly spec: TopologySpec;
  readonly tried: Try;
  readonly kernel: string;
  readonly model: string;
}

export interface TopologyOutcome {
  readonly seed: string;
  readonly tries: number;
  readonly disagreement?: Disagreement;
}

export interface TopologyRun {
  readonly seeds: readonly string[];
  readonly model: LabMaker;
  readonly boot: () => Promise<Kernel>;
  readonly guests: number;
  readonly done: (outcome: TopologyOutcome) => void;
}

const CASES_A_GUEST = 24;
/** A guest has one processor, and mostly waits. */
const CASES_AT_ONCE = 6;

async function outcomesOf(spec: TopologySpec, tried: Try, sides: readonly LabMaker[]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const maker of sides) outcomes.push((await playTopology(maker, spec, [tried]))[0] ?? '');
  return outcomes;
}

/** Twice in a row by itself: what a busy guest answers late is no disagreement. */
async function differs(spec: TopologySpec, tried: Try, sides: readonly LabMaker[]): Promise<boolean> {
  for (let i = 0; i < 2; i++) {
    const [kernel, model] = await outcomesOf(spec, tried, sides);
    if (kernel === model) return false;
  }
  return true;
}

/** Undefined where they agree on every try. */
async function playBoth(seed: string, kernel: LabMaker, model: LabMaker): Promise<TopologyOutcome> {
  const spec = drawTopology(seed);
  const tries = triesOf(spec);
  const modelled = await playTopology(model, spec, tries);
  const real = await playTopology(kernel, spec, tries);
  for (const [index, tried] of tries.entries()) {
    if (modelled[index] === real[index]) continue;
    const sides = [kernel, model];
    if (!(await differs(spec, tried, sides))) continue;
    const smallest = await shrink(spec, tried, (candidate) => differs(candidate, tried, sides));
    const [inKernel = '', inModel = ''] = await outcomesOf(smallest, tried, sides);
    return {
      seed,
      tries: tries.length,
      disagreement: { spec: smallest, tried, kernel: inKernel, model: inModel },
    };
  }
  return { seed, tries: tries.length };
}

async function useGuest(queue: string[], { boot, model, done }: TopologyRun): Promise<TopologyOutcome[]> {
  const outcomes: TopologyOutcome[] = [];
  const kernel = await boot();
  const labs = linuxLabs(kernel, { keep: true });
  const mine = queue.splice(0, CASES_A_GUEST);
  const drain = async () => {
    for (let seed = mine.shift(); seed !== undefined; seed = mine.shift()) {
      const outcome = await playBoth(seed, labs, model);
      outcomes.push(outcome);
      done(outcome);
    }
  };
  try {
    await Promise.all(Array.from({ length: CASES_AT_ONCE }, drain));
  } finally {
    await kernel.close();
  }
  return outcomes;
}

/** In order of the seeds. */
export async function runTopologies(run: TopologyRun): Promise<readonly TopologyOutcome[]> {
  const queue = [...run.seeds];
  const outcomes: TopologyOutcome[] = [];
  const lane = async () => {
    while (queue.length > 0) outcomes.push(...(await useGuest(queue, run)));
  };
  await Promise.all(Array.from({ length: run.guests }, lane));
  const place = new Map(run.seeds.map((seed, index) => [seed, index]));
  return outcomes.sort((a, b) => (place.get(a.seed) ?? 0) - (place.get(b.seed) ?? 0));
}
