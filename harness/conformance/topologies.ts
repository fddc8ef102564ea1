/**
 * Random topologies on both sides. A disagreement is tried again by itself, and where it needs what was tried before it, with that; the
 * ones that stay are shrunk. Guests are used for a number of cases and then thrown away: to take namespaces apart takes a
 * guest longer than a new one takes to boot.
 */
import type { LabMaker } from '../../src/lab/lab.js';
import { shrink } from '../../src/lab/shrink.js';
import { drawTopology, playTopology, type TopologySpec, type Try, triesOf } from '../../src/lab/topology.js';
import { linuxLabs } from '../netns/linux-lab.js';
import { bootGuest } from '../netns/uml.js';

export interface Disagreement {
  readonly spec: TopologySpec;
  readonly tried: Try;
  readonly kernel: string;
  readonly model: string;
  /** It shows only after the tries before it, and could not be shrunk. */
  readonly needsThoseBefore?: true;
}

export interface TopologyOutcome {
  readonly seed: string;
  readonly tries: number;
  /** Answers that differed once and not again: a busy guest answers late. */
  readonly once: number;
  readonly disagreement?: Disagreement;
  /** It could not be played. */
  readonly error?: string;
}

/** Laboratories of one kernel, and its end. */
export interface Guest {
  /** For cases: nothing is taken down. */
  readonly labs: LabMaker;
  /** For as many tries as shrinking takes. */
  readonly tidy: LabMaker;
  close(): Promise<void>;
}

export async function guestLabs(root?: string): Promise<Guest> {
  const kernel = await bootGuest(root === undefined ? {} : { root });
  return { labs: linuxLabs(kernel, { keep: true }), tidy: linuxLabs(kernel), close: () => kernel.close() };
}

export interface TopologyRun {
  readonly seeds: readonly string[];
  readonly model: LabMaker;
  readonly guest: () => Promise<Guest>;
  readonly guests: number;
  readonly done: (outcome: TopologyOutcome) => void;
}

const CASES_A_GUEST = 24;
/** A guest has one processor, and mostly waits. */
const CASES_AT_ONCE = 6;

interface Sides {
  readonly kernel: LabMaker;
  readonly model: LabMaker;
}

async function both({ kernel, model }: Sides, spec: TopologySpec, tries: readonly Try[]) {
  const modelled = await playTopology(model, spec, tries);
  const real = await playTopology(kernel, spec, tries);
  return tries.map((tried, index) => ({ tried, kernel: real[index] ?? '', model: modelled[index] ?? '' }));
}

/** Twice in a row by itself: what a busy guest answers late is no disagreement. */
async function differs(sides: Sides, spec: TopologySpec, tried: Try): Promise<boolean> {
  for (let i = 0; i < 2; i++) {
    const [alone] = await both(sides, spec, [tried]);
    if (alone?.kernel === alone?.model) return false;
  }
  return true;
}

async function smallest(sides: Sides, spec: TopologySpec, tried: Try): Promise<Disagreement> {
  const shrunk = await shrink(spec, tried, (candidate) => differs(sides, candidate, tried));
  const [alone] = await both(sides, shrunk, [tried]);
  return { spec: shrunk, tried, kernel: alone?.kernel ?? '', model: alone?.model ?? '' };
}

/** What is left of the answers that differed. */
async function confirm(
  differing: readonly { tried: Try; kernel: string }[],
  spec: TopologySpec,
  tries: readonly Try[],
  sides: Sides,
): Promise<Disagreement | undefined> {
  if (differing.length === 0) return undefined;
  for (const { tried } of differing) if (await differs(sides, spec, tried)) return smallest(sides, spec, tried);
  // It may hang on what was tried before: the same again, with the same answer.
  const again = await both(sides, spec, tries);
  for (const { tried, kernel } of differing) {
    const same = again.find((one) => one.tried === tried && one.kernel === kernel && one.model !== kernel);
    if (same) return { spec, ...same, needsThoseBefore: true };
  }
  return undefined;
}

async function play(seed: string, { labs, tidy }: Guest, model: LabMaker): Promise<TopologyOutcome> {
  const spec = drawTopology(seed);
  const tries = triesOf(spec);
  try {
    const differing = (await both({ kernel: labs, model }, spec, tries)).filter((one) => one.kernel !== one.model);
    const disagreement = await confirm(differing, spec, tries, { kernel: tidy, model });
    const once = disagreement ? 0 : differing.length;
    return { seed, tries: tries.length, once, ...(disagreement && { disagreement }) };
  } catch (error) {
    return { seed, tries: 0, once: 0, error: error instanceof Error ? error.message : String(error) };
  }
}

async function useGuest(queue: string[], { guest: boot, model, done }: TopologyRun): Promise<TopologyOutcome[]> {
  const outcomes: TopologyOutcome[] = [];
  const guest = await boot();
  const mine = queue.splice(0, CASES_A_GUEST);
  const drain = async () => {
    for (let seed = mine.shift(); seed !== undefined; seed = mine.shift()) {
      const outcome = await play(seed, guest, model);
      outcomes.push(outcome);
      done(outcome);
    }
  };
  try {
    await Promise.all(Array.from({ length: CASES_AT_ONCE }, drain));
  } finally {
    await guest.close();
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
