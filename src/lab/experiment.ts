/** What an experiment is: a question to a laboratory, and the answers by name, in words that two laboratories can agree on. */
import type { LabMaker } from './lab.js';

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
