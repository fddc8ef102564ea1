/**
 * For tests: programs of a test's own in place of docker and kind. They are shell scripts in a folder that becomes the whole PATH, so that
 * no real one is ever reached, and they write down how they were called. {@link DAEMON} and {@link KIND} are the small halves of a Docker
 * daemon and of kind that remember containers and networks by their labels, in files; a test puts its own lines
 * before or after them.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLUSTER_PARTS } from '../../src/plan/cluster-fixture.js';
import type { ClusterSpec, NodeSpec } from '../../src/scenario/model.js';

const WORD = '\u001f';
const CALL = '\u001e';
/** Of the environment, what is written down too. */
const VARIABLES = ['DOCKER_HOST', 'KUBECONFIG', 'KIND_EXPERIMENTAL_DOCKER_NETWORK'] as const;

export interface Call {
  readonly program: string;
  /** The words, with a space between. */
  readonly text: string;
  readonly words: readonly string[];
  /** Empty where it is not set. */
  readonly env: Readonly<Record<(typeof VARIABLES)[number], string>>;
}

/** A folder of programs; `containers` and `networks` have a file each, named as they are and filled with their labels, a line each. */
export class StandIns {
  /** Sets this process's PATH, XDG_CACHE_HOME, DOCKER_HOST and KUBECONFIG: `folder` is an empty one of the test's. */
  constructor(
    readonly folder: string,
    programs: Readonly<Record<string, string>> = { docker: DAEMON, kind: KIND },
  ) {
    for (const name of ['bin', 'containers', 'networks', 'cache', 'run']) mkdirSync(join(folder, name));
    for (const [name, body] of Object.entries(programs))
      writeFileSync(join(folder, 'bin', name), scriptOf(name, folder, body), { mode: 0o755 });
    delete process.env.DOCKER_HOST;
    process.env.PATH = join(folder, 'bin');
    process.env.XDG_CACHE_HOME = join(folder, 'cache');
    process.env.KUBECONFIG = join(folder, 'of-the-user.kubeconfig');
  }

  /** In the order of the calls. */
  calls(program: string): readonly Call[] {
    const log = join(this.folder, 'calls');
    if (!existsSync(log)) return [];
    const calls = readFileSync(log, 'utf8').split(CALL).slice(0, -1);
    return calls.map(callOf).filter((call) => call.program === program);
  }

  /** What the stand-in daemon has. */
  there(): { readonly containers: readonly string[]; readonly networks: readonly string[] } {
    const list = (name: string) => readdirSync(join(this.folder, name)).sort();
    return { containers: list('containers'), networks: list('networks') };
  }

  add(what: 'containers' | 'networks', name: string, ...labels: readonly string[]): void {
    writeFileSync(join(this.folder, what, name), labels.map((label) => `${label}\n`).join(''));
  }

  /** A file that the scripts read, or wrote. */
  file(name: string): string {
    return join(this.folder, name);
  }

  journal(): readonly string[] {
    const journal = join(this.folder, 'cache/kube-windtunnel/journal');
    return existsSync(journal) ? readdirSync(journal) : [];
  }
}

function callOf(line: string): Call {
  const [program = '', ...rest] = line.split(WORD);
  const words = rest.slice(VARIABLES.length);
  const env = Object.fromEntries(VARIABLES.map((name, index) => [name, rest[index] ?? ''])) as Call['env'];
  return { program, words, text: words.join(' '), env };
}

/** One write a call: several programs run at once. */
function scriptOf(name: string, folder: string, body: string): string {
  const variables = VARIABLES.map((variable) => `${WORD}\${${variable}-}`).join('');
  return `#!/bin/sh
PATH=/usr/bin:/bin
cd '${folder}'
call="${name}${variables}"
for word; do call="$call${WORD}$word"; done
printf '%s${CALL}' "$call" >>calls
${body}
`;
}

/** Answers that a test may change: a file \`mode\` with kube-proxy's, \`state\` with what a node's addresses are, \`log\` with kube-proxy's log; with \`stuck\` kubectl takes nothing away. */
export const DAEMON = `
for last; do :; done
label=
for word; do
  case $before in --filter) label=\${word#label=} ;; --label) label=$word ;; esac
  before=$word
done
labelled() { cd "$1" && grep -lxF -e "$label" * 2>/dev/null || :; }
case "$*" in
  'network create '*) echo "$label" >"networks/$last" ;;
  'network ls '*) labelled networks ;;
  'network rm '*) shift 2; for name; do rm "networks/$name" || exit 1; done ;;
  'ps --all '*) labelled containers ;;
  'ps --quiet '*) labelled containers ;;
  'ps '*) [ ! -e ports ] || cat ports ;;
  'rm --force --volumes '*) shift 3; for name; do rm "containers/$name" || exit 1; done ;;
  inspect\\ *) shift 3; for name; do echo "/$name 172.30.0.2"; done ;;
  *' get nodes '*)
    for file in containers/*; do
      node="{\\"metadata\\":{\\"name\\":\\"\${file#*/}\\"},\\"status\\":{\\"conditions\\":[{\\"type\\":\\"Ready\\",\\"status\\":\\"True\\"}]}}"
      all=\${all:+$all,}$node
    done
    echo "{\\"items\\":[$all]}" ;;
  *' --selector kube-windtunnel.label='*) [ ! -e stuck ] || { echo 'error: timed out waiting for the condition' >&2; exit 1; } ;;
  *' tc qdisc show dev eth0') ;;
  *:10249/proxyMode*) cat mode 2>/dev/null || echo ipvs ;;
  *kube-proxy-*) [ ! -e log ] || cat log ;;
  *'get pods --namespace=kube-system --output=jsonpath='*) echo 'coredns True' ;;
  *'ip -brief'*) cat state 2>/dev/null || printf 'eth0 UP 172.30.0.2/24\\nTCP  0A600001:01BB rr\\n' ;;
  'run '*) printf 'ipvs yes\\ninotify 512\\nmemory 8000000\\ndisk 9000000\\n' ;;
  'version '*) echo 28.0.0 ;;
  'image inspect '*) echo sha256:0 ;;
  *) echo "no answer to docker $*" >&2; exit 1 ;;
esac`;

/** Makes a control plane and a worker. */
export const KIND = `
for word; do
  case $before in --name) name=$word ;; --kubeconfig) kubeconfig=$word ;; esac
  before=$word
done
case "$*" in
  version) echo 'kind v0.30.0 go1.24.6 linux/amd64' ;;
  'create cluster '*)
    for role in control-plane worker; do echo "io.x-k8s.kind.cluster=$name" >"containers/$name-$role"; done
    echo 'kind: Config' >"$kubeconfig" ;;
  'export logs '*) mkdir -p "$3" && ls containers >"$3/of" ;;
  *) echo "no answer to kind $*" >&2; exit 1 ;;
esac`;

function node(name: string, role: NodeSpec['role'], ip: string): NodeSpec {
  return { name, role, ip, device: 'eth0', devices: [], sysctls: {}, linkRateBps: 1e9 };
}

/** The cluster that {@link KIND} makes, in mode ipvs. */
export const TWO_NODES: ClusterSpec = {
  ...CLUSTER_PARTS,
  name: 'lab',
  kubernetes: '1.34.2',
  nodes: [node('cp', 'control-plane', '172.30.0.2'), node('w1', 'worker', '172.30.0.3')],
};
