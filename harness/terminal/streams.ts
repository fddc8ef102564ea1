/**
 * The only door to the terminal: standard output carries data, standard error progress. A reader that closes the pipe
 * (`| head -1`) ends the output quietly, not the program. Knows nothing of what is printed.
 */
import pico from 'picocolors';

export type Colours = ReturnType<typeof pico.createColors>;

export interface OutputStream {
  write(text: string): void;
  /** For text of this stream: plain where it is no terminal or colours are unwanted. */
  readonly colours: Colours;
  readonly isTerminal: boolean;
  readonly columns: number;
  /** What is beneath it, where it is a terminal: for a renderer that moves the cursor. */
  readonly terminal?: NodeJS.WriteStream;
}

export interface Streams {
  /** Data and results. */
  readonly out: OutputStream;
  /** Progress and errors. */
  readonly err: OutputStream;
  /** Settles once everything written has left the process, or nobody reads it any more. */
  flush(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** https://no-color.org: any value that is not empty; FORCE_COLOR overrules the check for a terminal, not the wish for none. */
export function wantsColours(env: Environment, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}

class ProcessStream implements OutputStream {
  readonly colours: Colours;
  readonly isTerminal: boolean;
  readonly #stream: NodeJS.WriteStream;
  #closed = false;
  #failure: Error | undefined;

  constructor(stream: NodeJS.WriteStream, env: Environment) {
    this.#stream = stream;
    this.isTerminal = stream.isTTY === true;
    this.colours = pico.createColors(wantsColours(env, this.isTerminal));
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#closed = true;
      if (error.code !== 'EPIPE') this.#failure = error;
    });
  }

  get terminal(): NodeJS.WriteStream {
    return this.#stream;
  }

  get columns(): number {
    return this.#stream.columns ?? 120;
  }

  write(text: string): void {
    if (!this.#closed) this.#stream.write(text);
  }

  async flush(): Promise<void> {
    if (!this.#closed) await new Promise<void>((resolve) => this.#stream.write('', () => resolve()));
    if (this.#failure) throw this.#failure;
  }
}

export function processStreams(env: Environment): Streams {
  const out = new ProcessStream(process.stdout, env);
  const err = new ProcessStream(process.stderr, env);
  return {
    out,
    err,
    flush: async () => {
      await err.flush();
      await out.flush();
    },
  };
}
