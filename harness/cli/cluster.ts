/** `cluster up`: a cluster that stays, for many runs and for people. */
import { rmSync } from 'node:fs';
import type { ClusterSpec } from '../../src/scenario/model.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import { forget } from '../journal/journal.js';
import { makeCluster } from '../kind/cluster.js';
import { Docker } from '../kind/docker.js';
import { withoutIpvs } from '../kind/emulated-plan.js';
import { loadImages } from '../kind/images.js';
import { clusterFolder, type KeptCluster, keep, keptCluster, keptOf } from '../kind/kept.js';
import { kindConfig, kindConfigText } from '../kind/kind-config.js';
import { checkMachine } from '../kind/preflight.js';
import type { KindRun } from '../kind/session.js';
import { AbortWatch } from '../run/abort.js';
import { shellCommand } from '../terminal/escape.js';
import { taskList } from '../terminal/task-list.js';
import { readCluster } from './cluster-file.js';
import type { Context } from './context.js';
import { type ClusterUpOptions, madeWith } from './options.js';
import { showProblems } from './planning.js';
import { kindRun, noteDoubts, readSettings } from './settings.js';

const NAME = /^[a-z][a-z0-9-]{0,29}$/;

function nameFor(spec: ClusterSpec, { name = spec.name, dryRun }: ClusterUpOptions): string {
  if (!NAME.test(name))
    throw new Failure(
      ExitCode.usage,
      `${name} is no name for a cluster`,
      'small letters, digits and dashes: --name my-cluster',
    );
  if (keptCluster(name) && !dryRun)
    throw new Failure(
      ExitCode.infraError,
      `there is a cluster ${name} already`,
      `windtunnel cluster down ${name}, or --name ANOTHER`,
    );
  return name;
}

/** The cluster file, or undefined where it was wrong and told. Throws a {@link Failure} for a cluster that kind cannot make. */
function specOf(context: Context, file: string): KubernetesSpec | undefined {
  const read = readCluster(context.cwd, file);
  const { cluster, refusal } = read;
  if (!cluster) showProblems(read, context);
  else if (!hasKubernetes(cluster))
    throw new Failure(ExitCode.usage, `${file} is of bare hosts`, 'kind makes Kubernetes clusters');
  else if (refusal !== undefined) throw new Failure(ExitCode.usage, `${file} cannot be made: ${refusal}`);
  else return cluster;
  return undefined;
}

type KubernetesSpec = ClusterSpec & { readonly kubernetes: string };

const hasKubernetes = (spec: ClusterSpec): spec is KubernetesSpec => spec.kubernetes !== undefined;

export async function clusterUp(context: Context, file: string, options: ClusterUpOptions): Promise<number> {
  const settings = readSettings(context, options.config);
  const wanted = settings && specOf(context, file);
  if (!settings || !wanted) return ExitCode.usage;
  const kind = kindRun(options, settings);
  const spec = kind.emulateIPVS ? withoutIpvs(wanted) : wanted;
  const name = nameFor(spec, options);
  const images = loadImages(kind.imageMap);
  noteDoubts(images, context.streams);
  const nodeImage = images.node(wanted.kubernetes);
  const { out } = context.streams;
  if (options.dryRun) {
    out.write(kindConfigText(kindConfig(spec, { ...kind, name, nodeImage, ...firstPort(kind) })));
    return ExitCode.passed;
  }
  const kept = await make(context, name, spec, nodeImage, kind);
  if (options.json) out.write(`${JSON.stringify(kept, null, 2)}\n`);
  else tell(context, kept, options);
  return ExitCode.passed;
}

const firstPort = ({ apiServerPorts }: KindRun) => (apiServerPorts ? { apiServerPort: apiServerPorts.first } : {});

async function make(context: Context, name: string, spec: ClusterSpec, nodeImage: string, kind: KindRun) {
  const { err } = context.streams;
  const docker = new Docker(process.env.DOCKER_HOST ?? '');
  const tasks = taskList(err);
  const leave = () => void err.write('left in the middle; npx windtunnel gc takes away what is left\n');
  const watch = new AbortWatch(context.onSignal, undefined, leave);
  const progress = { say: (text: string) => tasks.say(text), phase: (title: string) => tasks.begin(title) };
  const plan = { spec, docker, nodeImage, ...kind, ...kind.bringUp, folder: clusterFolder(name), ...progress };
  try {
    tasks.begin('the machine');
    await checkMachine(docker, { mode: spec.kubeProxy.mode, nodeImage }, watch.signal);
    const { cluster, entry } = await makeCluster({ ...plan, signal: watch.signal });
    await tasks.end();
    const kept = keptOf(name, cluster, spec);
    keep(kept);
    forget(entry);
    return kept;
  } catch (error) {
    await tasks.end('failed');
    const { abortion } = watch;
    if (!abortion) throw error;
    // What failed leaves its logs there.
    rmSync(clusterFolder(name), { recursive: true, force: true });
    throw new Failure(abortion.exitCode ?? ExitCode.infraError, `ended by ${abortion.by}; what was made is removed`);
  } finally {
    watch.end();
  }
}

/** The flags that it was made with are those that a run on it needs. */
function tell({ streams: { out } }: Context, { name, nodes, kubeconfig }: KeptCluster, made: ClusterUpOptions): void {
  const run = ['npx', 'windtunnel', 'run', '--backend', 'kind', '--cluster', name, ...madeWith(made)];
  const width = Math.max(...nodes.map((node) => node.name.length));
  for (const node of nodes) out.write(`${node.name.padEnd(width)}  ${node.ip}  ${node.container}\n`);
  out.write(`export KUBECONFIG=${kubeconfig}\n`);
  out.write(`${shellCommand(run)} SCENARIO\n`);
  out.write(`npx windtunnel cluster down ${name}\n`);
}
