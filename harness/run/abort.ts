/** What ends a run before its time: signals and --timeout. The first one wins, and says what the process ends with. */
import { ExitCode } from '../../src/verdict/merge.js';

export interface Abortion {
  /** `SIGINT`, `--timeout 10m`. */
  readonly by: string;
  /** Absent: the verdicts tell. */
  readonly exitCode?: number;
}

const SIGNALS = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated } as const;

export type ListenToSignal = (signal: 'SIGINT' | 'SIGTERM', callback: () => void) => () => void;

/** npm and a terminal both pass a signal on: what comes again this soon is the same wish. */
const SAME_SIGNAL_MS = 1000;

/** Watches from its making until {@link end}. A signal that comes again later is left to the system, so that a user can always leave. */
export class AbortWatch {
  readonly #controller = new AbortController();
  readonly #release: (() => void)[] = [];
  #abortion: Abortion | undefined;
  #abortedAtMs = 0;

  constructor(
    listen: ListenToSignal,
    timeout: { readonly ms: number; readonly text: string } | undefined,
    /** Last words, where a second signal ends the process with its clean-up undone. */
    readonly leave: () => void = () => {},
  ) {
    for (const [name, exitCode] of Object.entries(SIGNALS) as ['SIGINT' | 'SIGTERM', number][]) {
      this.#release.push(listen(name, () => this.#hear(name, exitCode)));
    }
    if (!timeout) return;
    const timer = setTimeout(() => this.#abort({ by: `--timeout ${timeout.text}` }), timeout.ms);
    this.#release.push(() => clearTimeout(timer));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get abortion(): Abortion | undefined {
    return this.#abortion;
  }

  end(): void {
    for (const release of this.#release.splice(0)) release();
  }

  #hear(name: 'SIGINT' | 'SIGTERM', exitCode: number): void {
    if (!this.#abortion) this.#abort({ by: name, exitCode });
    else if (Date.now() - this.#abortedAtMs > SAME_SIGNAL_MS) {
      this.end();
      this.leave();
      process.kill(process.pid, name);
    }
  }

  #abort(abortion: Abortion): void {
    if (this.#abortion) return;
    this.#abortion = abortion;
    this.#abortedAtMs = Date.now();
    this.#controller.abort();
  }
}
