/** What every command is handed: the terminal, the environment, the folder it was called in. */
import type { Streams } from '../terminal/streams.js';

export interface Context {
  readonly streams: Streams;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Without the paths of Node.js and of the program. */
  readonly argv: readonly string[];
  /** Listens for a signal until the returned function is called. */
  onSignal(signal: 'SIGINT' | 'SIGTERM', callback: () => void): () => void;
}
