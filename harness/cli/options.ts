/** What the options of the commands are called and how they come out of the parser. Checks nothing beyond the form. */
import { type Command, Option } from 'commander';

export interface SelectionOptions {
  readonly tags?: string;
  readonly focus: readonly string[];
  readonly matrix: readonly string[];
  readonly backend: string;
  readonly seed: string;
}

/** How the backend kind makes its clusters. */
export interface KindOptions {
  readonly config?: string;
  readonly imageMap?: string;
  readonly keep?: string;
  readonly emulateIpvs?: true;
  readonly cluster?: string;
  readonly reuse?: true;
}

/** What of it a call has to say again to mean the same clusters. */
export function madeWith({ config, imageMap, emulateIpvs }: KindOptions): readonly string[] {
  return [
    ...(config === undefined ? [] : ['--config', config]),
    ...(imageMap === undefined ? [] : ['--image-map', imageMap]),
    ...(emulateIpvs ? ['--emulate-ipvs'] : []),
  ];
}

export interface RunOptions extends SelectionOptions, KindOptions {
  readonly printConfig?: true;
  readonly failFast?: true;
  readonly jobs?: string;
  readonly timeout?: string;
  readonly control: boolean;
  readonly checkDeterminism?: true;
  readonly report: readonly string[];
  readonly output: string;
  readonly quiet?: true;
  readonly json?: true;
  readonly deadlineFactor: string;
  readonly timeScale: string;
  readonly failOnFlaky?: true;
  readonly holdOnFailure?: true;
}

export interface ClusterUpOptions extends KindOptions {
  readonly name?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export interface ClusterListOptions {
  readonly json?: true;
}

export interface PlanOptions extends SelectionOptions, Pick<KindOptions, 'config' | 'emulateIpvs'> {
  readonly control: boolean;
  readonly deadlineFactor: string;
  readonly timeScale: string;
  readonly json?: true;
}

export interface ListOptions extends SelectionOptions, Pick<KindOptions, 'config'> {
  readonly cases?: true;
  readonly json?: true;
}

export interface ExplainOptions extends Pick<KindOptions, 'config'> {
  readonly only: readonly string[];
  readonly arm?: string;
  readonly output: string;
  readonly json?: true;
}

export interface InspectOptions extends SelectionOptions {
  readonly at?: string;
  readonly on?: string;
  readonly arm?: string;
  readonly window: string;
}

export interface SchemaOptions {
  readonly write?: true;
  readonly check?: true;
}

export interface GcOptions {
  readonly dryRun?: true;
  readonly json?: true;
}

export interface DoctorOptions extends Pick<KindOptions, 'config' | 'imageMap'> {
  readonly backend?: string;
  readonly json?: true;
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];

/** None unless given; set past the option, whose own default the help would show as `[]`. */
export function addRepeatable(command: Command, flags: string, description: string): Command {
  const option = new Option(flags, `${description} (repeatable)`).argParser(collect);
  command.addOption(option).setOptionValueWithSource(option.attributeName(), [], 'default');
  return command;
}

/** Which cases: the same words for run, plan, list and inspect. */
export function addSelection(command: Command): Command {
  command.option('--tags <expression>', "cases whose tags match, as in 'externalip && !slow'");
  addRepeatable(command, '--focus <text>', 'cases whose id holds this text');
  addRepeatable(command, '--matrix <axis=value>', 'points of the matrix: kubernetes=1.34.2, or a range');
  return command
    .option('--backend <name>', 'what brings the cluster up; doctor lists them', 'sim')
    .option('--seed <seed>', 'root of all randomness; "random" draws one and prints it', '1');
}

export function addConfig(command: Command): Command {
  return command.option(
    '--config <file>',
    'settings, instead of the windtunnel.config.yaml of this folder or one above',
  );
}

function addEmulation(command: Command): Command {
  return command.option('--emulate-ipvs', 'make the fault by hand where the kernel has no ip_vs, and say so (kind)');
}

export function addImageMap(command: Command): Command {
  return command.option('--image-map <file>', 'images in place of those of clusters/images.yaml (kind)');
}

export function addKindOptions(command: Command): Command {
  return addEmulation(addImageMap(addConfig(command)));
}

function addFactors(command: Command): Command {
  return command
    .option('--deadline-factor <factor>', 'stretches every within and timeout, for a slow machine', '1')
    .option('--time-scale <factor>', "multiplies every cluster's timing.scale, as 0.1 where a wall clock runs", '1');
}

export function addPlanOptions(command: Command): Command {
  return addEmulation(addFactors(addConfig(addSelection(command))))
    .option('--no-control', 'leave the control arms out')
    .option('--json', 'the whole plan as JSON');
}

export function addRunOptions(command: Command): Command {
  addKindOptions(addSelection(command))
    .option('--keep <when>', 'keep the cluster: always, on-failure or never (kind)')
    .option('--cluster <name>', 'run on a cluster of `windtunnel cluster up`, and leave it (kind)')
    .option(
      '--reuse',
      'run on a kept cluster that is as the case wants it, else make one, and keep it where the case passes (kind)',
    )
    .option('--print-config', 'print the settings and where each comes from, and end')
    .option('--fail-fast', 'end the run at the first case that does not pass')
    .option('--jobs <count>', 'cases at the same time (default: one for each CPU, 1 for few cases)')
    .option('--timeout <duration>', 'for the whole run, wall time, as in 10m; what is unfinished then is a timeout')
    .option('--no-control', 'leave the control arms out; no case can be vacuous then')
    .option('--check-determinism', 'run every arm twice and name the first record that differs, with its time');
  addRepeatable(command, '--report <kind[=file]>', 'terminal, tap or json, to a file or stdout');
  return addFactors(command)
    .option('--output <folder>', 'where the run bundle is made', 'reports')
    .option('--quiet', 'no progress, no lines for cases that pass')
    .option('--json', 'the JSON report on stdout, like --report json')
    .option(
      '--hold-on-failure',
      'keep the hosts of a case that fails, and print how to get a shell there (netns, kind)',
    )
    .option('--fail-on-flaky', 'exit 5 where a case is flaky');
}
