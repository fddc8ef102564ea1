/** `npm run scheduler:test`: every test of scheduler/, or some suites. Ends with `tests: N passed, N failed`. */
import { parseArgs } from 'node:util';
import { hasGo } from './go.js';
import { runSuites, SUITES } from './scheduler-suites.js';
import { requireNode, say } from './toolchain.js';

const HELP = `npm run scheduler:test -- [options]

${SUITES.map(({ name, proves }) => `  ${name.padEnd(13)}${proves}`).join('\n')}

  --only SUITES   some of them, such as --only unit,promql
  --help
`;

function readOptions() {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' }, help: { type: 'boolean' } } });
    const names = values.only?.split(',') ?? SUITES.map(({ name }) => name);
    const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name));
    if (unknown.length > 0) throw new Error(`no suite ${unknown.join(', ')}`);
    return { help: values.help, suites: SUITES.filter(({ name }) => names.includes(name)) };
  } catch (error) {
    say(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

requireNode();
const { help, suites } = readOptions();
if (help) process.stdout.write(HELP);
else if (!hasGo()) {
  say('scheduler:test needs Go 1.21 or newer, which fetches the compiler that Kubernetes asks for');
  process.exitCode = 3;
} else {
  const { passed, failed, skipped } = await runSuites(suites);
  const rest = skipped > 0 ? `, ${skipped} skipped` : '';
  process.stdout.write(`tests: ${passed} passed, ${failed} failed${rest}\n`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
