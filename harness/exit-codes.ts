/** What the process ends with, in one place: `--help` prints this table, and the commands return its numbers. */

export const EXIT = {
  passed: 0,
  failed: 1,
  usage: 2,
  environment: 3,
  timeout: 4,
  flaky: 5,
  interrupted: 130,
  terminated: 143,
} as const;

export const EXIT_CODES_HELP = `Exit codes:
  0    every case passed
  1    an expectation failed, was unknown, or a case is vacuous
  2    usage, an invalid file, or nothing selected
  3    the environment or the bring-up failed
  4    over the whole time (--timeout)
  5    a case was flaky, under --fail-on-flaky
  130  ended by SIGINT, 143 by SIGTERM; the bundle stays readable`;
