/**
 * The words of the command line, and which file carries each one out. Loads such a file only when its command is called:
 * `--help` must stay fast.
 */
import { Command } from 'commander';
import { addClusterCommands } from './cluster-commands.js';
import type { Context } from './context.js';
import { EXIT_CODES_HELP } from './exit-codes-help.js';
import type {
  DoctorOptions,
  ExplainOptions,
  GcOptions,
  InspectOptions,
  ListOptions,
  PlanOptions,
  RunOptions,
  SchemaOptions,
} from './options.js';
import { addConfig, addImageMap, addPlanOptions, addRepeatable, addRunOptions, addSelection } from './options.js';

/** Answers the exit code. */
type Act = (context: Context) => Promise<number>;

const OVERVIEW = `
Examples:
  windtunnel run scenarios                                  every scenario, on the simulator
  windtunnel run scenarios/outage --tags 'externalip && !slow'
  windtunnel run scenarios --matrix kubernetes=1.34.2 --report json=result.json
  windtunnel explain reports/latest externalip-is-worker    why a case ended as it did
  windtunnel inspect externalip-is-worker --at 42s --on worker-1 'ip route get 172.30.0.2'
  windtunnel init my-scenarios                              a first scenario to change

${EXIT_CODES_HELP}

docs/cli.md tells more; docs/language.md is the reference of scenario files.`;

const RUN_EXAMPLES = `
Examples:
  windtunnel run scenarios/outage/externalip-is-worker.yaml --matrix kubernetes=1.34.2 --matrix proxyMode=ipvs
  windtunnel run scenarios --tags '!slow' --fail-fast --report tap
  windtunnel run scenarios --seed random --check-determinism

${EXIT_CODES_HELP}`;

const EXPLAIN_EXAMPLES = `
A bundle is a folder under reports/, or reports/latest. A case is named by its id or its scenario, else by any part of ids; all
that fit are told. Without a case, a bundle of several gets one line each, and those that did not pass are told.

Examples:
  windtunnel explain
  windtunnel explain reports/latest 'externalip-is-worker[kubernetes=1.34.2,proxyMode=ipvs]' --only cause`;

const INSPECT_EXAMPLES = `
Replays the case to the instant on the simulator and answers there. Without a command it asks for commands.

Commands:
  ip addr | ip -br addr | ip link | ip route get IP | ip route show table local | ip neigh
  ipvsadm -ln | ss -tn | ss -tnp | iptables -S | nft list ruleset | nstat
  kubectl get nodes|pods|services|leases [NAME] [-A] [-n NAMESPACE] [-o wide]
  tcpdump [-i DEVICE] [-c COUNT] [FILTER]     packets of --window after the instant

Examples:
  windtunnel inspect externalip-is-worker --at 42s --on worker-1 'ip route get 172.30.0.2'
  windtunnel inspect externalip-is-worker --at treatment+12s --on control-plane 'ip -br addr'
  windtunnel inspect reports/latest/cases/NAME --at 1m --on worker-1 --window 3s 'tcpdump arp'`;

/** `finish` is told the exit code of the command that was called. */
export function makeProgram(context: Context, version: string, finish: (code: number) => void): Command {
  const program = new Command('windtunnel');
  program
    .description(
      'Puts a Kubernetes cluster’s network in a wind tunnel: one scenario file in, a verdict with its cause out.',
    )
    .version(version, '-V, --version', 'print the version')
    .showHelpAfterError('(windtunnel --help shows the commands and their options)')
    .configureHelp({ helpWidth: 110 })
    .addHelpText('after', OVERVIEW);
  const act = async (start: Promise<Act>): Promise<void> => finish(await (await start)(context));
  addRunning(program, act);
  addReading(program, act);
  addClusterCommands(program, act);
  addAftermath(program, act);
  addHousekeeping(program, act);
  return program;
}

/** Names of the options that stand on the command line. */
function givenOn(command: Command): ReadonlySet<string> {
  const names = command.options.map((option) => option.attributeName());
  return new Set(names.filter((name) => command.getOptionValueSource(name) === 'cli'));
}

type Dispatch = (start: Promise<Act>) => Promise<void>;

function addRunning(program: Command, act: Dispatch): void {
  const run = program.command('run').argument('[paths...]', 'scenario files and folders', ['scenarios']);
  addRunOptions(run.description('run scenarios and judge them'))
    .addHelpText('after', RUN_EXAMPLES)
    .action((paths: string[], options: RunOptions, command: Command) =>
      act(
        import('./run.js').then(
          ({ runCommand }) =>
            (context) =>
              runCommand(context, paths, options, givenOn(command)),
        ),
      ),
    );

  const plan = program.command('plan').argument('[paths...]', 'scenario files and folders', ['scenarios']);
  addPlanOptions(plan.description('show every case that run would start, with its matrix expanded')).action(
    (paths: string[], options: PlanOptions, command: Command) =>
      act(
        import('./plan.js').then(
          ({ planCommand }) =>
            (context) =>
              planCommand(context, paths, options, givenOn(command)),
        ),
      ),
  );

  const list = program.command('list').argument('[paths...]', 'scenario files and folders', ['scenarios']);
  addConfig(addSelection(list.description('list scenarios with their tags')))
    .option('--cases', 'every case instead of every scenario')
    .option('--json', 'as JSON')
    .action((paths: string[], options: ListOptions, command: Command) =>
      act(
        import('./list.js').then(
          ({ listCommand }) =>
            (context) =>
              listCommand(context, paths, options, givenOn(command)),
        ),
      ),
    );
}

function addReading(program: Command, act: Dispatch): void {
  const explain = program.command('explain');
  addRepeatable(explain, '--only <part>', 'verdict, bring-up, timeline, cause, steps or placement');
  addConfig(explain)
    .description('tell from a run bundle why a case ended as it did')
    .argument('[bundle]', 'folder of a run (default: latest of --output)')
    .argument('[case]', 'id of a case, its scenario, or a part of its id')
    .option('--arm <name>', 'this arm instead of the one that carries the treatment')
    .option('--output <folder>', 'where bundles lie, for a bundle given by its name', 'reports')
    .option('--json', 'as JSON')
    .addHelpText('after', EXPLAIN_EXAMPLES)
    .action((bundle: string | undefined, name: string | undefined, options: ExplainOptions, command: Command) =>
      act(
        import('./explain.js').then(
          ({ explainCommand }) =>
            (context) =>
              explainCommand(context, bundle, name, options, givenOn(command)),
        ),
      ),
    );

  const inspect = program
    .command('inspect')
    .description('travel to an instant of a case and ask its hosts')
    .argument('<case>', 'scenario name or file, or the folder of a case in a bundle')
    .argument('[command...]', 'what to ask, in the words of the tool');
  addSelection(inspect)
    .option('--at <instant>', 'as 42s, 1m30s, or treatment+12s (default: the end of the case)')
    .option('--on <host>', 'node, outside or gateway (default: the first node)')
    .option('--arm <name>', 'arm to replay (default: the one that carries the treatment)')
    .option('--window <duration>', 'how long tcpdump listens', '5s')
    .addHelpText('after', INSPECT_EXAMPLES)
    .action((name: string, command: string[], options: InspectOptions) =>
      act(
        import('./inspect.js').then(
          ({ inspectCommand }) =>
            (context) =>
              inspectCommand(context, name, command, options),
        ),
      ),
    );
}

/** For what a run holds or left. */
function addAftermath(program: Command, act: Dispatch): void {
  program
    .command('shell')
    .description('a terminal on a host of a run that is held; run --hold-on-failure prints the command')
    .argument('<socket>', 'path that the held run printed')
    .argument('<host>', 'a node, gateway or outside')
    .action((path: string, host: string) =>
      act(
        import('./shell.js').then(
          ({ shellCommand }) =>
            (context) =>
              shellCommand(path, host, context),
        ),
      ),
    );

  program
    .command('gc')
    .description('end what runs that were killed have left, by their journal')
    .option('--dry-run', 'only tell')
    .option('--json', 'as JSON')
    .action((options: GcOptions) =>
      act(
        import('./gc.js').then(
          ({ gcCommand }) =>
            (context) =>
              gcCommand(context, options),
        ),
      ),
    );
}

function addHousekeeping(program: Command, act: Dispatch): void {
  program
    .command('schema')
    .description('print the JSON Schema of scenario or cluster files, for editors')
    .argument('[kind]', 'scenario or cluster', 'scenario')
    .option('--write', 'write schema/*.json and docs/language.md instead')
    .option('--check', 'fail where these files are not fresh')
    .action((kind: string, options: SchemaOptions) =>
      act(
        import('./schema.js').then(
          ({ schemaCommand }) =>
            (context) =>
              schemaCommand(context, kind, options),
        ),
      ),
    );

  const doctor = program
    .command('doctor')
    .description('tell which backends can run here, and what to install for the others');
  addImageMap(addConfig(doctor))
    .option('--backend <name>', 'this one alone; the exit code is its')
    .option('--json', 'as JSON')
    .action((options: DoctorOptions) =>
      act(
        import('./doctor.js').then(
          ({ doctorCommand }) =>
            (context) =>
              doctorCommand(context, options),
        ),
      ),
    );

  program
    .command('init')
    .description('write a first scenario and its cluster file; never overwrites')
    .argument('[folder]', 'where to', '.')
    .action((folder: string) =>
      act(
        import('./init.js').then(
          ({ initCommand }) =>
            (context) =>
              initCommand(context, folder),
        ),
      ),
    );
}
