/** What an experiment is: a question to a laboratory, and the answers by name, in words that two laboratories can agree on. */
import { type LabMaker, type PodPlan, type StandardLab, standardLab } from './lab.js';

export interface Experiment {
  /** `E5`, `2.1 rp_filter=0`. */
  readonly id: string;
  /** One sentence of what is tried. */
  readonly title: string;
  /** It looks at what a whole kernel counts: nothing else may run beside it. */
  readonly alone?: true;
  run(maker: LabMaker): Promise<Answers>;
}

/** By what was looked at. */
export type Answers = Readonly<Record<string, string>>;

export const yes = (holds: boolean) => (holds ? 'yes' : 'no');

/** An experiment in a standard laboratory of its own, which is closed whatever happens. */
export function inStandardLab(
  id: string,
  title: string,
  run: (at: StandardLab) => Promise<Answers>,
  { alone, pods }: Pick<Experiment, 'alone'> & { readonly pods?: readonly PodPlan[] } = {},
): Experiment {
  return {
    id,
    title,
    ...(alone && { alone }),
    run: async (maker) => {
      const at = await standardLab(maker, pods);
      try {
        return await run(at);
      } finally {
        await at.close();
      }
    },
  };
}
