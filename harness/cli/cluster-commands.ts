/** The words of `windtunnel cluster`. Loads what carries them out only when one is called. */
import type { Command } from 'commander';
import type { Context } from './context.js';
import { addKindOptions, type ClusterListOptions, type ClusterUpOptions } from './options.js';

type Dispatch = (start: Promise<(context: Context) => Promise<number>>) => Promise<void>;

const EXAMPLES = `
Examples:
  windtunnel cluster up clusters/three-nodes.yaml --name lab
  windtunnel run --backend kind --cluster lab scenarios/outage/externalip-is-worker.yaml \\
    --matrix kubernetes=1.34.2 --matrix proxyMode=ipvs
  windtunnel cluster down lab`;

export function addClusterCommands(program: Command, act: Dispatch): void {
  const cluster = program.command('cluster').description('real clusters that stay: up, list, down (kind)');
  cluster.addHelpText('after', EXAMPLES);
  addKindOptions(
    cluster
      .command('up')
      .description('make a kind cluster of a cluster file and keep it')
      .argument('<file>', 'cluster file'),
  )
    .option('--name <name>', 'what to call it (default: the name in the file)')
    .option('--dry-run', 'print the config for kind, and make nothing')
    .option('--json', 'as JSON')
    .action((file: string, options: ClusterUpOptions) =>
      act(import('./cluster.js').then((room) => (context) => room.clusterUp(context, file, options))),
    );
  cluster
    .command('list')
    .description('clusters that are kept')
    .option('--json', 'as JSON')
    .action((options: ClusterListOptions) =>
      act(import('./kept-clusters.js').then((room) => (context) => room.clusterList(context, options))),
    );
  cluster
    .command('down')
    .description('remove a cluster that is kept, and its network')
    .argument('<name>', 'as cluster list has it')
    .action((name: string) =>
      act(import('./kept-clusters.js').then((room) => (context) => room.clusterDown(context, name))),
    );
}
