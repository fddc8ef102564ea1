/** `doctor`: what can run here, and what to install for those that are built. Looks at the PATH, and at what backends know of the machine. */
import { cpus, totalmem } from 'node:os';
import { ExitCode } from '../../src/verdict/merge.js';
import { commandThatAdds, missingNeeds } from '../backends/needs.js';
import { BACKENDS, isBuilt } from '../backends/table.js';
import type { Context } from './context.js';
import type { DoctorOptions } from './options.js';

function examine(path: string) {
  return Promise.all(
    BACKENDS.map(async (backend) => {
      const built = isBuilt(backend);
      const missing = built ? await missingNeeds(backend, path) : [];
      return {
        backend: backend.name,
        summary: backend.summary,
        built,
        ready: built && missing.length === 0,
        missing: missing.map(({ program, hint, debian }) => ({ program, hint: hint ?? `Debian package ${debian}` })),
        add: commandThatAdds(missing),
        about: (await backend.about?.()) ?? [],
      };
    }),
  );
}

export async function doctorCommand({ streams, env }: Context, options: DoctorOptions): Promise<number> {
  const backends = await examine(env.PATH ?? '');
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
    for (const { backend, summary, built, ready, missing, add, about } of backends) {
      const state = ready ? green('ready') : yellow(built ? 'needs more' : 'not built yet');
      out.write(`${bold(backend.padEnd(8))} ${state}  ${dim(summary)}\n`);
      for (const line of about) out.write(`         ${line}\n`);
      for (const { program, hint } of missing) out.write(`         ${program} is missing: ${hint}\n`);
      if (add !== undefined) out.write(`         all of it: ${bold(add)}\n`);
    }
  }
  return ready ? ExitCode.passed : ExitCode.infraError;
}
