/**
 * Questions to `ip` in one namespace: those of one moment go into one `ip -j -batch`, because making a process is what a guest is slow
 * at. Each answer is a line of JSON; a question that the kernel refuses leaves none, and its reason on standard error.
 */
import type { AgentLine, Outcome } from './line.js';
import { AgentError } from './line.js';

export interface IpAnswer {
  /** JSON; empty where the kernel refused. */
  readonly text: string;
  /** `Network is unreachable`. */
  readonly refused?: string;
}

interface Question {
  readonly text: string;
  resolve(answer: IpAnswer): void;
  reject(error: Error): void;
}

export class IpBatch {
  #questions: Question[] = [];

  constructor(
    readonly line: AgentLine,
    readonly ns: string,
  ) {}

  /** `route get 10.0.0.1`, as behind `ip -j`. */
  ask(text: string): Promise<IpAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#questions.length === 0) setImmediate(() => void this.#flush());
      this.#questions.push({ text, resolve, reject });
    });
  }

  async #flush(): Promise<void> {
    const questions = this.#questions;
    this.#questions = [];
    const stdin = `${questions.map(({ text }) => text).join('\n')}\n`;
    try {
      const argv = ['ip', '-j', '-force', '-batch', '-'];
      const answers = readBatch(
        await this.line.ask<Outcome>({ do: 'exec', ns: this.ns, argv, stdin }),
        questions.length,
      );
      questions.forEach(({ resolve }, index) => {
        resolve(answers[index] ?? { text: '' });
      });
    } catch (error) {
      for (const { reject } of questions) reject(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Sorts what a batch said to its `count` questions. Throws where answers and questions do not match. */
export function readBatch({ stdout, stderr }: Pick<Outcome, 'stdout' | 'stderr'>, count: number): IpAnswer[] {
  const refusals = new Map<number, string>();
  let reason = '';
  for (const line of stderr.split('\n')) {
    const failed = /^Command failed -:(\d+)$/.exec(line)?.[1];
    if (failed === undefined) reason = line.replace(/^(RTNETLINK answers|Error): /, '') || reason;
    else refusals.set(Number(failed), reason);
  }
  const documents = stdout.split('\n').filter((line) => line.trim() !== '');
  if (documents.length + refusals.size !== count)
    throw new AgentError(`ip -j -batch: ${count} questions, ${documents.length} answers: ${stderr.trim()}`);
  return Array.from({ length: count }, (_, index) => {
    const refused = refusals.get(index + 1);
    return refused === undefined ? { text: documents.shift() ?? '' } : { text: '', refused };
  });
}
