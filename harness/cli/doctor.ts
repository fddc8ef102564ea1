/** `doctor`: what can run here, and what to install for those that are built. Looks at the PATH, and at what backends know of the machine. */
import { cpus, totalmem } from 'node:os';
import { ExitCode } from '../../src/verdict/merge.js';
import type { Backend, BackendSettings } from '../backends/backend.js';
import { commandThatAdds, missingNeeds } from '../backends/needs.js';
import { BACKENDS, isBuilt } from '../backends/table.js';
import { Failure } from '../failure.js';
import type { Context } from './context.js';
import type { DoctorOptions } from './options.js';
import { kindRun, readSettings } from './settings.js';

function examine(backends: readonly Backend[], path: string, settings: BackendSettings) {
  return Promise.all(
    backends.map(async (backend) => {
      const built = isBuilt(backend);
      const missing = built ? await missingNeeds(backend, path) : [];
      const about = await backend.about?.(settings);
      const problems = about?.missing ?? [];
      const well = missing.length === 0 && problems.length === 0;
      return {
        backend: backend.name,
        summary: backend.summary,
        built,
        ready: built && well,
        missing: missing.map(({ program, hint, debian }) => ({ program, hint: hint ?? `Debian package ${debian}` })),
        add: commandThatAdds(missing),
        about: about?.lines ?? [],
        problems,
      };
    }),
  );
}

/** All, or the one that is asked for. */
function chosen({ backend }: DoctorOptions): readonly Backend[] {
  if (backend === undefined) return BACKENDS;
  const found = BACKENDS.filter(({ name }) => name === backend);
  if (found.length > 0) return found;
  const names = BACKENDS.map(({ name }) => name).join(', ');
  throw new Failure(ExitCode.usage, `no backend ${backend}`, `backends are ${names}`);
}

export async function doctorCommand(context: Context, options: DoctorOptions): Promise<number> {
  const { streams, env } = context;
  const settings = readSettings(context, options.config);
  if (!settings) return ExitCode.usage;
  const backends = await examine(chosen(options), env.PATH ?? '', { kind: kindRun(options, settings) });
  const machine = {
    node: process.versions.node,
    platform: process.platform,
    cpus: cpus().length,
    memoryBytes: totalmem(),
  };
  const ready = backends.some((backend) => backend.ready);
  const { out } = streams;
  if (options.json) out.write(`${JSON.stringify({ machine, backends }, null, 2)}\n`);
  else {
    const { green, yellow, dim, bold } = out.colours;
    const memory = `${Math.round(machine.memoryBytes / 2 ** 30)} GiB`;
    out.write(`Node.js ${machine.node} on ${machine.platform}, ${machine.cpus} CPUs, ${memory}\n\n`);
    for (const { backend, summary, built, ready, missing, add, about, problems } of backends) {
      const state = ready ? green('ready') : yellow(built ? 'needs more' : 'not built yet');
      out.write(`${bold(backend.padEnd(8))} ${state}  ${dim(summary)}\n`);
      for (const line of about) out.write(`         ${line}\n`);
      for (const problem of problems) out.write(`         missing: ${problem}\n`);
      for (const { program, hint } of missing) out.write(`         ${program} is missing: ${hint}\n`);
      if (add !== undefined) out.write(`         all of it: ${bold(add)}\n`);
    }
  }
  return ready ? ExitCode.passed : ExitCode.infraError;
}
