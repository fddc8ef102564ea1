/** Lines for `ip -j -batch` in one namespace: those of one moment go in one request, in order. */
import { AgentError, type AgentLine } from './line.js';

export interface IpAnswer {
  /** JSON; empty where there is nothing to say. */
  readonly text: string;
  /** `Network is unreachable`, `File exists`. */
  readonly refused?: string;
}

interface Waiting {
  readonly line: string;
  resolve(answer: IpAnswer): void;
  reject(error: unknown): void;
}

export class IpBatch {
  #waiting: Waiting[] = [];

  constructor(
    readonly line: AgentLine,
    readonly ns: string,
  ) {}

  /** `route get 10.0.0.1`, as behind `ip -j`. */
  ask(line: string): Promise<IpAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) queueMicrotask(() => void this.#flush());
      this.#waiting.push({ line, resolve, reject });
    });
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      const stdin = waiting.map(({ line }) => line).join('\n');
      const answers = await this.line.ask<IpAnswer[]>({ do: 'ip', ns: this.ns, stdin });
      waiting.forEach(({ resolve }, index) => {
        resolve(answers[index] ?? { text: '' });
      });
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }
}

/** Lines for `ip` where the guest started; the first that is refused is the error. */
export async function batch(line: AgentLine, lines: readonly string[]): Promise<void> {
  const answers = await line.ask<IpAnswer[]>({ do: 'ip', ns: '', stdin: lines.join('\n') });
  const index = answers.findIndex(({ refused }) => refused !== undefined);
  if (index >= 0) throw new AgentError(`ip ${lines[index]}: ${answers[index]?.refused}`);
}
