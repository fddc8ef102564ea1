/** Runs the list of experiments on two kinds of laboratory and lays their answers side by side. Judges by equality alone. */
import type { Answers, Experiment } from '../../src/lab/experiment.js';
import type { LabMaker } from '../../src/lab/lab.js';

/** One answer of one experiment. */
export interface Row {
  readonly id: string;
  readonly title: string;
  readonly question: string;
  readonly kernel: string;
  readonly model: string;
}

export const agrees = ({ kernel, model }: Row) => kernel === model;

export interface Sides {
  readonly model: LabMaker;
  readonly kernel: LabMaker;
}

async function answersOf(experiment: Experiment, maker: LabMaker): Promise<Answers> {
  try {
    return await experiment.run(maker);
  } catch (error) {
    return { 'could not be run': `${maker.name}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

async function compare(experiment: Experiment, { model, kernel }: Sides): Promise<Row[]> {
  const [modelled, real] = await Promise.all([answersOf(experiment, model), answersOf(experiment, kernel)]);
  const { id, title } = experiment;
  const questions = new Set([...Object.keys(real), ...Object.keys(modelled)]);
  return [...questions].map((question) => {
    const [m = 'no answer', k = 'no answer'] = [modelled[question], real[question]];
    return { id, title, question, kernel: k, model: m };
  });
}

/**
 * Side by side, but those that want to be alone first. What differs is asked once more with nothing beside it: a kernel that thirty
 * experiments share may answer late.
 */
export async function runExperiments(
  experiments: readonly Experiment[],
  sides: Sides,
  done: (experiment: Experiment, rows: readonly Row[]) => void,
): Promise<readonly Row[]> {
  const rows = new Map<string, readonly Row[]>();
  const run = async (experiment: Experiment) => {
    rows.set(experiment.id, await compare(experiment, sides));
    done(experiment, rows.get(experiment.id) ?? []);
  };
  for (const experiment of experiments) if (experiment.alone) await run(experiment);
  await Promise.all(experiments.filter(({ alone }) => !alone).map(run));
  for (const experiment of experiments) if (!rows.get(experiment.id)?.every(agrees)) await run(experiment);
  return experiments.flatMap(({ id }) => rows.get(id) ?? []);
}
