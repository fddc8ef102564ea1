/** The exit codes as `--help` tells them; the numbers are those of src/verdict/merge.ts, and a test holds the two together. */

export const EXIT_CODES_HELP = `Exit codes:
  0    every case passed, or was skipped
  1    an expectation failed, was unknown, or a case is vacuous
  2    usage, an invalid file, or nothing selected
  3    the environment or the bring-up failed
  4    over the whole time (--timeout)
  5    a case was flaky, under --fail-on-flaky
  130  ended by SIGINT, 143 by SIGTERM; the bundle stays readable`;
