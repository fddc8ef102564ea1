/**
 * The Docker daemon and the program kind, by their command lines: DOCKER_HOST is honoured, no configuration of the user's is changed. Owns
 * how a command is run and told when it fails; refuses to know what it is for.
 */
import { execa } from 'execa';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';

const COMMAND_MAX_MS = 60_000;
const SAID_MAX = 2000;

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  /** Undefined where the program could not be started, or was ended. */
  readonly code: number | undefined;
  readonly timedOut: boolean;
}

export interface RunOptions {
  readonly input?: string;
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** Never throws for what the command says. */
export async function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input = '', timeoutMs = COMMAND_MAX_MS, env = {}, signal } = options;
  const { stdout, stderr, exitCode, timedOut, shortMessage } = await execa(program, args, {
    input,
    timeout: timeoutMs,
    env,
    reject: false,
    forceKillAfterDelay: 2000,
    ...(signal && { cancelSignal: signal }),
  });
  return {
    stdout,
    stderr: exitCode === undefined && !stderr ? (shortMessage ?? '') : stderr,
    code: exitCode,
    timedOut,
  };
}

/** The call and what came of it, ready to paste. */
export function commandFailure(program: string, args: readonly string[], ran: Ran, hint?: string): Failure {
  const end = ran.timedOut ? 'its time was over' : ran.code === undefined ? 'not started' : `exit ${ran.code}`;
  const said = `${ran.stderr}\n${ran.stdout}`.trim().slice(-SAID_MAX);
  return new Failure(ExitCode.infraError, [`${program} ${args.join(' ')}: ${end}`, said].join('\n').trim(), hint);
}

export class Docker {
  /** Without a host, the daemon that `docker` finds by itself: by DOCKER_HOST, or by its context. */
  constructor(readonly host = '') {}

  /** For every program that talks to this daemon. */
  get env(): Readonly<Record<string, string>> {
    return this.host === '' ? {} : { DOCKER_HOST: this.host };
  }

  /** Never throws for what the command says. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    return runProgram('docker', args, { ...options, env: { ...this.env, ...options.env } });
  }

  /** Standard output, trimmed. Throws a {@link Failure} with the call where it fails. */
  async text(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const ran = await this.run(args, options);
    if (ran.code !== 0) throw commandFailure('docker', args, ran);
    return ran.stdout.trim();
  }

  async lines(args: readonly string[], options: RunOptions = {}): Promise<readonly string[]> {
    const text = await this.text(args, options);
    return text === '' ? [] : text.split('\n');
  }

  /** In a container, as root. */
  exec(container: string, argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const stdin = options.input === undefined ? [] : ['-i'];
    return this.run(['exec', ...stdin, container, ...argv], options);
  }
}
