/** `npm run picture`: docs/npm-start.svg from what `npm start` really prints, with the many cases in the middle left out. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execaSync } from 'execa';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { makeFolder } from '../files/make-folder.js';
import { packageRoot } from '../package.js';
import { terminalSvg } from './terminal-svg.js';

const COLUMNS = 132;
const FIRST_CASES = 7;
const LAST_CASES = 4;

/** Keeps the first and the last lines of cases, and says how many are left out. */
export function abridge(lines: readonly string[], isCase: (line: string) => boolean): string[] {
  const cases = lines.flatMap((line, i) => (isCase(line) ? [i] : []));
  const from = cases[FIRST_CASES];
  const to = cases[cases.length - LAST_CASES];
  if (from === undefined || to === undefined || to <= from) return [...lines];
  const left = cases.filter((i) => i >= from && i < to).length;
  return [...lines.slice(0, from), `\u001b[2m     ⋮      ${left} more\u001b[22m`, ...lines.slice(to)];
}

/** Both streams through one pipe, as a terminal gets them: in the order in which they were written. */
function runStart(): string {
  const script = join(packageRoot, 'scripts', 'start.js');
  const start = execaSync('sh', ['-c', '"$0" "$1" 2>&1', process.execPath, script], {
    cwd: packageRoot,
    reject: false,
    env: { FORCE_COLOR: '1', NO_COLOR: undefined },
  });
  if (start.exitCode === ExitCode.passed) return start.stdout;
  throw new Failure(ExitCode.failed, `npm start ended with ${start.exitCode}`, 'a picture is made of a good run');
}

export function makePicture(): string {
  const isCase = (line: string) => /^\u001b\[\d+m(pass|skipped) /.test(line);
  const lines = abridge(runStart().split('\n'), isCase);
  const svg = terminalSvg(['\u001b[1m$ npm start\u001b[22m', ...lines], 'kube-windtunnel: npm start', COLUMNS);
  const file = join(packageRoot, 'docs', 'npm-start.svg');
  makeFolder(join(packageRoot, 'docs'));
  writeFileSync(file, svg);
  return file;
}
