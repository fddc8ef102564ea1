/** What a user can mend: a wrong option, a folder that cannot be written. Shown as `error:` and `hint:`, without a stack. */

export class Failure extends Error {
  override readonly name = 'Failure';
  /** One of ExitCode in src/verdict/merge.ts. */
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(exitCode: number, message: string, hint?: string) {
    super(message);
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** In the words of the system: `EROFS: read-only file system`, without path and system call. */
export function systemReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/, \w+( '.*')?( -> '.*')?$/, '');
}
