/** Where tcpdump runs: on the node as long as it is there, beside it where it is not. */
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { Ends } from '../ends/ends.js';
import type { AgentLine, Request } from '../netns/line.js';
import type { LinuxHost } from '../netns/linux-host.js';
import { Docker } from './docker.js';
import { DAEMON, StandIns } from './stand-in.js';
import { NODE_FILES, Tools } from './tools.js';

const IMAGE = 'tools:1';

interface Scene {
  readonly tools: Tools;
  readonly ends: Ends;
  readonly standIns: StandIns;
  readonly beside: AgentLine;
  readonly opened: string[];
  asked(): number;
  host(ns?: string): LinuxHost;
}

/** A node with or without tcpdump; `docker` are lines of sh before what the stand-in daemon says. */
function scene(folder: string, code: number, docker = ''): Scene {
  const standIns = new StandIns(folder, { docker: `${docker}\n${DAEMON}` });
  let asked = 0;
  const ask = async (request: Request) => {
    asked += 1;
    t.match(request, { do: 'exec', ns: '', argv: ['sh', '-c', /tcpdump/] });
    return { code, stdout: '', stderr: '' };
  };
  const line = { ask } as unknown as AgentLine;
  const beside = {} as AgentLine;
  const opened: string[] = [];
  const ends = new Ends();
  const openLine = async (container: string) => {
    opened.push(container);
    return { line: beside, close: async () => {} };
  };
  const common = { docker: new Docker(), label: 'the-label', image: IMAGE, nodes: ['lab-worker'], openLine, ends };
  const tools = new Tools({ ...common, containers: new Map([[line, 'lab-worker']]), say: () => {} });
  const host = (ns = '') => ({ name: 'w1', options: { line, ns } }) as unknown as LinuxHost;
  return { tools, ends, standIns, beside, opened, asked: () => asked, host };
}

t.test('a node that has tcpdump captures itself, in its own network and in those of its pods', async (t) => {
  const { tools, standIns, host } = scene(t.testdir(), 0);
  const { line } = host().options;
  t.same(await tools.tcpdumpFor(host()), { line, ns: '' });
  t.same(await tools.tcpdumpFor(host('cni-1')), { line, ns: 'cni-1' });
  t.same(standIns.calls('docker'), []);
});

t.test('beside a node that has none, one container in its network, found by the label and taken away', async (t) => {
  const run = `case "$*" in 'run --detach '*) echo id-1; exit ;; 'rm --force --volumes lab-worker-tools-'*) exit ;; esac`;
  const { tools, standIns, host, beside, opened, ends, asked } = scene(t.testdir(), 127, run);
  const [one, other] = await Promise.all([tools.tcpdumpFor(host()), tools.tcpdumpFor(host('cni-1'))]);
  t.same(one, { line: beside, ns: '', within: [] });
  t.same(other.within, ['nsenter', `--net=${NODE_FILES}/run/netns/cni-1`], 'a pod of that node');
  t.equal(asked(), 1);
  t.match(opened, [/^lab-worker-tools-[\da-f]{8}$/]);
  const runs = standIns.calls('docker').filter(({ text }) => text.startsWith('run '));
  t.equal(runs.length, 1);
  for (const part of [
    '--network container:lab-worker',
    '--pid container:lab-worker',
    '--label kube-windtunnel.label=the-label',
    `--pull never --entrypoint sleep ${IMAGE} infinity`,
  ])
    t.ok(runs[0]?.text.includes(part), part);
  await ends.run();
  t.match(standIns.calls('docker').at(-1), { text: `rm --force --volumes ${opened[0]}` });
});

t.test('one of which nobody heard whether it was made is taken away, too', async (t) => {
  for (const [said, isError] of [
    ['Error: No such container: x', false],
    ['Cannot connect to the Docker daemon', true],
  ] as const) {
    const away = `case "$*" in 'run --detach '*) exit 125 ;; rm*) echo '${said}' >&2; exit 1 ;; esac`;
    const { tools, host, ends } = scene(t.testdir(), 127, away);
    await t.rejects(tools.tcpdumpFor(host()), { name: 'Failure' });
    if (isError) await t.rejects(ends.run(), { message: /Cannot connect/ });
    else await ends.run();
  }
});

t.test('an image that cannot be had is told, and asked for again the next time', async (t) => {
  const none = `case "$*" in 'image inspect '*) echo 'Error: No such image' >&2; exit 1 ;;
    pull*) [ -e there ] || { echo 'no registry' >&2; exit 1; }; exit ;;
    exec*' ls --quiet') exit ;; run*) echo id-2; exit ;; esac`;
  const { tools, host, standIns, opened } = scene(t.testdir(), 127, none);
  await t.rejects(tools.tcpdumpFor(host()), {
    message: /docker pull --quiet tools:1.*no registry/s,
    hint: /--image-map/,
  });

  writeFileSync(standIns.file('there'), '');
  await tools.tcpdumpFor(host());
  t.equal(opened.length, 1);
});
