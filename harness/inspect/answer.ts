/** What a tool says back: its two outputs and its exit code, which becomes windtunnel's. */
import { ExitCode } from '../../src/verdict/merge.js';

export interface Answer {
  /** Without the last line end; empty where the tool prints nothing. */
  readonly stdout: string;
  readonly stderr?: string;
  /** 0 or 1, as the tool ends. */
  readonly exitCode: ExitCode;
}

export function said(stdout: string): Answer {
  return { stdout, exitCode: ExitCode.passed };
}

/** The tool was understood and says no, in its own words. */
export function refused(stderr: string): Answer {
  return { stdout: '', stderr, exitCode: ExitCode.failed };
}
