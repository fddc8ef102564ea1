/**
 * Runs the cases of a plan, several at a time in worker threads or one by one in this thread, starting them in order of the plan.
 * Knows nothing of what a case is: a job goes in, a report comes out. An abort ends threads at once, whatever they compute.
 */
import { Worker } from 'node:worker_threads';
import { StoppedError } from '../../src/ports/testbed.js';
import type { Progress } from '../../src/run/sink.js';
import { Failure } from '../failure.js';
import type { CaseJob, CaseReport, Hold, OnProgress } from './case-runner.js';

/** What a worker thread answers. */
export type WorkerAnswer =
  | { readonly kind: 'report'; readonly report: CaseReport }
  | { readonly kind: 'failure'; readonly exitCode: number; readonly message: string; readonly hint?: string }
  | { readonly kind: 'crash'; readonly stack: string }
  /** Before the answer proper, any number of times. */
  | { readonly kind: 'progress'; readonly progress: Progress };

export interface PoolEvents {
  /** Answers false where no further case may begin. */
  begin(job: CaseJob): boolean | Promise<boolean>;
  /** A case that takes long tells what it waits for. */
  progress(job: CaseJob, progress: Progress): void;
  end(job: CaseJob, report: CaseReport): void | Promise<void>;
  /** Only with one case at a time: a case waits there for people. */
  readonly hold?: Hold | undefined;
}

/** One job in a thread of its own that is kept for the next one. */
class Thread {
  readonly #worker = new Worker(new URL('./worker.js', import.meta.url));

  run(job: CaseJob, onProgress: OnProgress): Promise<CaseReport> {
    return new Promise((resolve, reject) => {
      const settle = (finish: () => void) => {
        // By name: without one, Node.js's own listeners that start the port again would go too.
        for (const event of ['message', 'error', 'exit']) this.#worker.removeAllListeners(event);
        finish();
      };
      this.#worker.on('message', (answer: WorkerAnswer) => {
        if (answer.kind === 'progress') return onProgress(answer.progress);
        settle(() => {
          if (answer.kind === 'report') resolve(answer.report);
          else if (answer.kind === 'failure') reject(new Failure(answer.exitCode, answer.message, answer.hint));
          else reject(Object.assign(new Error('a worker thread crashed'), { stack: answer.stack }));
        });
      });
      this.#worker.once('error', (error) => settle(() => reject(error)));
      this.#worker.once('exit', () => settle(() => reject(new Error('a worker thread ended before its case did'))));
      this.#worker.postMessage(job);
    });
  }

  async end(): Promise<void> {
    this.#worker.removeAllListeners();
    await this.#worker.terminate();
  }
}

/** Takes jobs from the list until it is empty, the run is aborted, or the events say that no further one may begin. */
async function drain(
  queue: CaseJob[],
  run: (job: CaseJob, onProgress: OnProgress) => Promise<CaseReport>,
  events: PoolEvents,
  signal: AbortSignal,
): Promise<void> {
  for (let job = queue.shift(); job && !signal.aborted; job = queue.shift()) {
    if (!(await events.begin(job))) return;
    const current = job;
    const report = await run(current, (progress) => events.progress(current, progress));
    if (!signal.aborted) await events.end(job, report);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function runInThreads(jobs: CaseJob[], threads: number, events: PoolEvents, signal: AbortSignal): Promise<void> {
  const pool = Array.from({ length: threads }, () => new Thread());
  try {
    const work = Promise.all(
      pool.map((thread) => drain(jobs, (job, onProgress) => thread.run(job, onProgress), events, signal)),
    );
    await Promise.race([work, aborted(signal)]);
  } finally {
    await Promise.all(pool.map((thread) => thread.end()));
  }
}

async function runHere(jobs: CaseJob[], events: PoolEvents, signal: AbortSignal): Promise<void> {
  const { hold } = events;
  const { runCase } = await import('./case-runner.js');
  const breathe = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) throw new StoppedError('the run was aborted');
  };
  try {
    await drain(jobs, (job, onProgress) => runCase(job, { breathe, onProgress, hold }), events, signal);
  } catch (error) {
    if (!signal.aborted || error instanceof Failure) throw error;
  }
}

/** Settles when every case ended, or soon after `signal` aborts; then cases under way are left as they are. */
export async function runCases(
  jobs: readonly CaseJob[],
  threads: number,
  events: PoolEvents,
  signal: AbortSignal,
): Promise<void> {
  const queue = [...jobs];
  if (threads <= 1) await runHere(queue, events, signal);
  else await runInThreads(queue, Math.min(threads, jobs.length), events, signal);
}
