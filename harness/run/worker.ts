/** A worker thread: takes one case after the other and answers each with its report. */
import { parentPort } from 'node:worker_threads';
import { assert } from '../../src/base/assert.js';
import { Failure } from '../failure.js';
import { type CaseJob, type OnProgress, runCase } from './case-runner.js';
import type { WorkerAnswer } from './pool.js';

assert(parentPort, 'worker.js runs in a worker thread');
const port = parentPort;
/** The main thread ends this one where a run is aborted, so there is nothing to breathe for. */
const breathe = async () => {};
/** One way: nobody answers. */
const onProgress: OnProgress = (progress) => port.postMessage({ kind: 'progress', progress } satisfies WorkerAnswer);

async function answer(job: CaseJob): Promise<WorkerAnswer> {
  try {
    return { kind: 'report', report: await runCase(job, { breathe, onProgress }) };
  } catch (error) {
    if (!(error instanceof Failure))
      return { kind: 'crash', stack: error instanceof Error ? (error.stack ?? '') : String(error) };
    const { exitCode, message, hint } = error;
    return { kind: 'failure', exitCode, message, ...(hint !== undefined && { hint }) };
  }
}

port.on('message', async (job: CaseJob) => {
  port.postMessage(await answer(job));
});
