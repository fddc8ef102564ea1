/** Hands each event to all reporters. One that throws is told apart, gets no further event, and fails the run. */
import type { Reporter } from './reporter.js';

export interface ReporterFailure {
  readonly reporter: string;
  readonly error: Error;
}

type Event = 'begin' | 'caseBegin' | 'caseProgress' | 'caseEnd' | 'end';
type Argument<E extends Event> = Parameters<NonNullable<Reporter[E]>>[0];

export class Multiplexer {
  readonly failures: ReporterFailure[] = [];
  #reporters: readonly Reporter[];

  constructor(reporters: readonly Reporter[]) {
    this.#reporters = reporters;
  }

  async tell<E extends Event>(event: E, argument: Argument<E>): Promise<void> {
    for (const reporter of this.#reporters) {
      try {
        await (reporter[event] as ((argument: Argument<E>) => unknown) | undefined)?.call(reporter, argument);
      } catch (error) {
        this.#reporters = this.#reporters.filter((other) => other !== reporter);
        this.failures.push({
          reporter: reporter.name,
          error: error instanceof Error ? error : new Error(String(error)),
        });
      }
    }
  }
}
