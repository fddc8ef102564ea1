/**
 * Progress of work that goes through parts, one after the other: a list of tasks with their times on a terminal, plain lines elsewhere. Knows
 * nothing of the work.
 */
import { Listr, ListrLogger, PRESET_TIMER, ProcessOutput } from 'listr2';
import { escapeLine } from './escape.js';
import type { OutputStream } from './streams.js';

export interface TaskList {
  /** The next part begins, the one before is done. */
  begin(title: string): void;
  /** A line about the part that is under way. */
  say(text: string): void;
  /** The last part is done; or it failed, in these words. */
  end(error?: string): Promise<void>;
}

/** On `stream`. */
export function taskList(stream: OutputStream): TaskList {
  return stream.isTerminal ? new LiveTasks(stream) : new PlainTasks(stream);
}

class PlainTasks implements TaskList {
  constructor(readonly stream: OutputStream) {}

  begin(): void {}

  say(text: string): void {
    this.stream.write(`${escapeLine(text)}\n`);
  }

  async end(): Promise<void> {}
}

interface Running {
  readonly shown: Promise<unknown>;
  finish(error?: Error): void;
  say(text: string): void;
}

class LiveTasks implements TaskList {
  #running: Running | undefined;
  #shown: Promise<unknown> = Promise.resolve();

  constructor(readonly stream: OutputStream) {}

  begin(title: string): void {
    this.#running?.finish();
    const before = this.#shown;
    let finish: Running['finish'] = () => {};
    let write: (text: string) => void = () => {};
    const work = new Promise<void>((resolve, reject) => {
      finish = (error) => (error ? reject(error) : resolve());
    });
    // Failed before it was shown: whoever waits for the end is told.
    work.catch(() => {});
    const shown = before.then(() =>
      this.#show(title, work, (to) => {
        write = to;
      }),
    );
    this.#shown = shown;
    this.#running = { shown, finish, say: (text) => write(text) };
  }

  /** Only errors of the renderer reject. */
  async #show(title: string, work: Promise<void>, ready: (write: (text: string) => void) => void): Promise<void> {
    // All of it is progress: standard output carries data.
    const { terminal } = this.stream;
    const logger = new ListrLogger({ processOutput: new ProcessOutput(terminal, terminal) });
    const tasks = new Listr(
      [
        {
          title: escapeLine(title),
          task: async (_, task) => {
            ready((text) => {
              task.output = escapeLine(text);
            });
            await work;
          },
        },
      ],
      {
        renderer: 'default',
        exitOnError: false,
        registerSignalListeners: false,
        rendererOptions: { logger, timer: PRESET_TIMER },
      },
    );
    await tasks.run();
  }

  say(text: string): void {
    this.#running?.say(text);
  }

  async end(error?: string): Promise<void> {
    this.#running?.finish(error === undefined ? undefined : new Error(escapeLine(error)));
    this.#running = undefined;
    await this.#shown;
  }
}
