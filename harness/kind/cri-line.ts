/** Lines of containers' logs, as the kubelet keeps them (CRI): `TIME stdout F words`. Knows one line; who joins parts is the reader. */

export interface CriLine {
  readonly stream: string;
  /** The next line of the stream goes on. */
  readonly isPart: boolean;
  readonly words: string;
}

const CRI = /^\S+ (stdout|stderr) ([FP]) (.*)$/s;

/** Undefined for a line of another form. */
export function criLine(line: string): CriLine | undefined {
  const [, stream, end, words = ''] = CRI.exec(line) ?? [];
  return stream === undefined ? undefined : { stream, isPart: end === 'P', words };
}

/** What the container wrote; other lines as they are. */
export const criWords = (line: string): string => criLine(line)?.words ?? line;
