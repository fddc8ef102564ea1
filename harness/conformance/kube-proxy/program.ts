/** A program that runs beside a guest: journalled and labelled before it starts, its words in a file, ended with all that it started. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Failure } from '../../failure.js';
import { makeFolder } from '../../files/make-folder.js';
import { enter, forget, guestFolder } from '../../journal/journal.js';
import { endLabelled, LABEL } from '../../journal/processes.js';

const POLL_MS = 50;
const SAID_MAX = 1000;

export interface Program {
  /** Resolves when `ready` says so. Throws a {@link Failure} where the program ends before, or `maxMs` pass. */
  until(ready: () => Promise<boolean>, maxMs: number): Promise<void>;
  close(): void;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** `log` is a file that gets what the program says; `hint` tells what to do where it does not start. */
export function startProgram(path: string, args: readonly string[], log: string, hint?: string): Program {
  const name = basename(path);
  const entry = enter({ kind: 'program' });
  const file = openSync(log, 'a');
  let over: string | undefined;
  const env = { ...process.env, [LABEL]: entry.label };
  const child = spawn(path, args, { stdio: ['ignore', file, file], env, detached: true });
  closeSync(file);
  child.once('error', (error) => {
    over = error.message;
  });
  child.once('exit', (code, signal) => {
    over = `exit ${code ?? signal}`;
  });
  const said = () => readFileSync(log, 'utf8').trim().slice(-SAID_MAX);
  const fail = (why: string) => new Failure(ExitCode.infraError, [`${name}: ${why}`, said()].join('\n').trim(), hint);
  return {
    until: async (ready, maxMs) => {
      const deadline = Date.now() + maxMs;
      while (!(await ready())) {
        if (over !== undefined) throw fail(over);
        if (Date.now() > deadline) throw fail(`not ready within ${maxMs / 1000} s`);
        await sleep(POLL_MS);
      }
    },
    close: () => {
      endLabelled(entry.label);
      forget(entry);
    },
  };
}

/** A port of loopback that nobody has now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** A folder that is gone with its closing; gc removes that of a process that was killed. */
export function ownFolder(): { readonly path: string; close(): void } {
  const entry = enter({ kind: 'program' });
  const path = guestFolder(entry.label);
  makeFolder(path);
  return { path, close: () => forget(entry) };
}
