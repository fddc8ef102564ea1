/** `npm run scheduler:build`: the scheduler's programs for this machine, and the image where Docker is there. */
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { binFolder, generations, goBuild, hasGo } from './go.js';
import { requireNode, root, run, say } from './toolchain.js';

const HELP = `npm run scheduler:build -- [options]

Builds scheduler/bin/bandwidth-scheduler and scheduler/bin/specimen-scheduler (kube-scheduler of the newest Kubernetes, with
the plugin, and with its defects as switches), and of both an image where Docker is there. The first build compiles
Kubernetes and takes some minutes; later ones take seconds.

  --generation MINOR  another Kubernetes, into scheduler/bin/MINOR/: 1.34 (both programs), 1.31 or 1.28 (without defects);
                      "all" for every one
  --for-tests         also kube-apiserver and etcd, which the whole-scheduler tests start
  --no-image          programs only
  --help
`;

/** Programs that only the newest generation has. */
const TOOLS = [
  { name: 'kube-apiserver', target: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  { name: 'etcd', target: 'go.etcd.io/etcd/server/v3' },
];

function readOptions() {
  const options = { generation: { type: 'string' }, 'for-tests': { type: 'boolean' }, 'no-image': { type: 'boolean' } };
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } });
    if (!values.help) return values;
    process.stdout.write(HELP);
    process.exit(0);
  } catch (error) {
    say(`${error.message}\n\n${HELP}`);
    process.exit(2);
  }
}

function chosen(wanted, all) {
  if (wanted === undefined) return all.slice(0, 1);
  const found = wanted === 'all' ? all : all.filter(({ minor, version }) => wanted === minor || wanted === version);
  if (found.length > 0) return found;
  say(`no generation ${wanted}; there are ${all.map(({ minor }) => minor).join(', ')} and all`);
  process.exit(2);
}

/** An image from one program: the build's context holds that and nothing else. */
function buildImage(folder, program, version) {
  const context = mkdtempSync(join(folder, '.image-'));
  try {
    linkSync(join(folder, program), join(context, program));
    const dockerfile = join(root, 'clusters/addons/bandwidth-scheduler/Dockerfile');
    const tag = `kube-windtunnel/${program}:${version}`;
    const args = ['build', '--quiet', '--build-arg', `PROGRAM=${program}`, '--file', dockerfile, '--tag', tag, context];
    const code = run('docker', args, { stdio: ['ignore', 'ignore', 2] });
    say(code === 0 ? `built    image ${tag}` : `building the image ${tag} failed`);
    return code === 0;
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

requireNode();
const options = readOptions();
if (!hasGo()) {
  say('scheduler:build needs Go 1.21 or newer, which fetches the compiler that Kubernetes asks for');
  process.exit(3);
}
const all = generations();
const docker = !options['no-image'] && spawnSync('docker', ['version']).status === 0;
let ok = true;
for (const generation of chosen(options.generation, all)) {
  const { minor, version, programs } = generation;
  const newest = version === all[0].version;
  const bin = newest ? binFolder : join(binFolder, minor);
  mkdirSync(bin, { recursive: true });
  for (const program of programs) {
    const built = await goBuild(generation, `./cmd/${program}`, join(bin, program));
    ok = built && (!docker || buildImage(bin, program, version)) && ok;
  }
  if (newest && options['for-tests'])
    for (const { name, target } of TOOLS) ok = (await goBuild(generation, target, join(bin, name))) && ok;
}
if (!docker && !options['no-image']) say('no image: Docker is not there, or does not answer');
process.exitCode = ok ? 0 : 1;
