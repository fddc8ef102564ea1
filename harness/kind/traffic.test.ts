/** Flows on a Docker daemon of the test's own: it starts iperf3s in networks of other containers, and lets them listen, count and say what iperf3 3.12 said. */
import t from 'tap';
import { ExitCode } from '../../src/verdict/merge.js';
import type { ApiRequest } from './api-request.js';
import { Docker, type Ran } from './docker.js';
import { containerdName } from './flow-image.js';
import { KindTraffic, type KindTrafficOptions } from './traffic.js';

const RATE = 50e6;
const UDP = { protocol: 'udp', rateBps: RATE } as const;
const FROM_W1 = { name: 'backup', from: { kind: 'node', node: 'w1' }, to: { kind: 'outside' }, ...UDP } as const;
const NODES = [
  { name: 'cp', role: 'control-plane', container: 'lab-control-plane', ip: '172.30.0.2' },
  { name: 'w1', role: 'worker', container: 'lab-worker', ip: '172.30.0.3' },
] as const;
const IMAGE = 'my/iperf3:1';
const IN_USE = '{"error": "error - unable to start listener for connections: Address already in use"}';

/** Small, and wrong where a test says so. */
class Daemon extends Docker {
  readonly calls: string[] = [];
  readonly servers = new Map<string, number>();
  readonly alive = new Set<string>();
  nowMs = 0;
  inDaemon = true;
  onNode = '';
  pulls = false;
  collide = 0;
  /** Ports that somebody else has on every host. */
  taken: readonly number[] = [];
  #ids = 0;

  override async run(args: readonly string[]): Promise<Ran> {
    const text = args.join(' ');
    this.calls.push(text);
    const stdout = this.#answer(text, args);
    const failed = stdout === undefined;
    return {
      code: failed ? 1 : 0,
      stdout: stdout ?? '',
      stderr: failed ? `no answer to ${text}` : '',
      timedOut: false,
    };
  }

  #answer(text: string, args: readonly string[]): string | undefined {
    if (text.endsWith('--version')) return 'iperf 3.12 (cJSON 1.7.15)';
    if (text.startsWith('image inspect')) return this.inDaemon ? 'sha256:0' : undefined;
    if (text.includes('images list')) return this.onNode;
    if (text.startsWith('load ')) return `Loaded image: ${IMAGE}`;
    if (/images export|^cp |rm -f/.test(text)) return '';
    if (text.startsWith('pull ')) return this.pulls ? '' : undefined;
    if (text.startsWith('run --detach')) return this.#start(args);
    if (text.startsWith('rm --force')) return this.alive.delete(args.at(-1) ?? '') ? '' : '';
    if (text.includes('/proc/net/tcp')) return this.#table();
    if (text.includes('.State.Running')) return `${this.alive.has(args.at(-1) ?? '')} `;
    if (text.startsWith('logs ')) return IN_USE;
    return text.startsWith('inspect ') ? '172.30.0.9' : undefined;
  }

  #start(args: readonly string[]): string {
    const id = `id${++this.#ids}`;
    if (!args.includes('--server')) this.alive.add(id);
    else if (this.collide > 0) this.collide--;
    else {
      this.alive.add(id);
      this.servers.set(id, Number(args[args.indexOf('--port') + 1]));
    }
    return id;
  }

  #table(): string {
    const ports = [...this.taken, ...this.servers.values()];
    const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, '0');
    return ports.map((port) => `   0: 0100007F:${hex(port)} 00000000:0000 0A 00000000:00000000`).join('\n');
  }

  matching(pattern: RegExp): readonly string[] {
    return this.calls.filter((call) => pattern.test(call));
  }

  traffic(more: Partial<KindTrafficOptions> = {}): KindTraffic {
    const clients = () => this.alive.size - [...this.servers.keys()].filter((id) => this.alive.has(id)).length;
    let bytes = 0;
    const sleep = async (ms: number) => {
      this.nowMs += ms;
      bytes += (clients() * RATE * ms) / 8000;
    };
    return new KindTraffic({
      docker: this,
      cluster: { label: 'mark', nodes: NODES, network: 'lab-net', subnet: '172.30.0.0/24' },
      bystanders: new Map([['outside', 'f00d']]),
      image: IMAGE,
      counters: async () => ({ receivedBytes: bytes, transmittedBytes: bytes, atMicros: this.nowMs * 1000 }),
      say: () => {},
      time: { now: () => this.nowMs, sleep },
      ...more,
    });
  }
}

t.test('a flow is a server and a client in the networks of its ends, marked, and taken away at the end', async (t) => {
  const daemon = new Daemon();
  const traffic = daemon.traffic();
  const text = "backup: 50 Mbps of 50 Mbps from w1 to outside, by w1's eth0 counters";
  t.same(await traffic.start(FROM_W1), { ok: true, text });
  const [server = '', client = ''] = daemon.matching(/^run --detach/);
  t.match(
    server,
    /--network container:f00d --label kube-windtunnel\.label=mark .*--server --one-off --bind 172\.30\.0\.9 --port 27000/,
  );
  t.match(
    client,
    /--network container:lab-worker --label kube-windtunnel\.label=mark .*--client 172\.30\.0\.9 --port 27000 .*--udp/,
  );
  t.equal(daemon.alive.size, 2);
  await traffic.close();
  t.equal(daemon.alive.size, 0);
  t.match(await traffic.start(FROM_W1), { ok: false, error: 'backup: the testbed was closed' });
});

t.test('two flows at once are started one after the other, on ports of their own', async (t) => {
  const daemon = new Daemon();
  const traffic = daemon.traffic();
  const answers = await Promise.all([traffic.start(FROM_W1), traffic.start({ ...FROM_W1, name: 'second' })]);
  t.ok(
    answers.every(({ ok }) => ok),
    JSON.stringify(answers),
  );
  t.same([...daemon.servers.values()], [27000, 27001]);
  await traffic.close();
});

t.test('a port that somebody has is passed over, one that somebody takes meanwhile is left', async (t) => {
  const daemon = new Daemon();
  daemon.taken = [27000, 27001];
  daemon.collide = 1;
  const traffic = daemon.traffic();
  t.equal((await traffic.start(FROM_W1)).ok, true);
  t.same([...daemon.servers.values()], [27003]);
  daemon.collide = 9;
  t.match(await traffic.start(FROM_W1), {
    ok: false,
    error: /the server on outside: unable to start listener.*in use$/,
  });
  await traffic.close();
  t.equal(daemon.alive.size, 0);
});

t.test('ends that there are not, or that nothing counts, are told', async (t) => {
  const traffic = new Daemon().traffic();
  const start = (part: object) => traffic.start({ ...FROM_W1, ...part });
  t.match(await start({ to: { kind: 'gateway' } }), {
    ok: false,
    error: 'backup: no host gateway beside this cluster',
  });
  t.match(await start({ from: { kind: 'node', node: 'x' } }), { ok: false, error: /no node x/ });
  t.match(await start({ to: FROM_W1.from }), { ok: false, error: /both ends are on w1/ });
  t.match(await start({ from: { kind: 'pod', pod: 'p', namespace: 'n' } }), { ok: false, error: /in pod n\/p/ });
});

t.test(
  'an image that a node has goes into the daemon; else it is pulled, and where that fails there is a hint',
  async (t) => {
    const daemon = new Daemon();
    daemon.inDaemon = false;
    daemon.onNode = `docker.io/library/busybox:1\ndocker.io/${IMAGE}\n`;
    await daemon.traffic().prepare();
    t.match(daemon.matching(/images export/), [/ docker\.io\/my\/iperf3:1$/]);
    t.equal(daemon.matching(/^pull/).length, 0);
    daemon.onNode = '';
    const told = {
      exitCode: ExitCode.infraError,
      message: /^docker pull --quiet my\/iperf3:1: exit 1\n/,
      hint: /--image-map/,
    };
    await t.rejects(daemon.traffic().prepare(), told);
    t.match(await daemon.traffic().start(FROM_W1), { ok: false, error: /^backup: docker pull/ });
    daemon.pulls = true;
    await daemon.traffic().prepare();
    const names = ['busybox:1', 'a/b:1', 'quay.io/a/b:1', 'localhost/b'].map(containerdName);
    t.same(names, ['docker.io/library/busybox:1', 'docker.io/a/b:1', 'quay.io/a/b:1', 'localhost/b']);
  },
);

/** A pod as its API server has it: the ephemeral container runs as soon as it is there. */
function podApi(waiting?: object) {
  const statuses: object[] = [];
  const asked: ApiRequest[] = [];
  const request = async (call: ApiRequest) => {
    asked.push(call);
    if (call.path.includes('/pods/nix')) return { status: 404, body: { message: 'pods "nix" not found' } };
    if (call.method === 'PATCH') {
      const [{ name } = { name: '' }] = (call.body as { spec: { ephemeralContainers: { name: string }[] } }).spec
        .ephemeralContainers;
      statuses.push({
        name,
        containerID: `containerd://c${statuses.length}`,
        state: waiting ? { waiting } : { running: {} },
      });
    }
    const status = { podIP: '10.244.1.2', ephemeralContainerStatuses: statuses };
    return { status: 200, body: { spec: { nodeName: 'lab-control-plane' }, status } };
  };
  return { asked, request };
}

t.test('an end in a pod is an ephemeral container, whose process is ended on its node', async (t) => {
  const daemon = new Daemon();
  const { asked, request } = podApi();
  const traffic = daemon.traffic({ request });
  const to = { kind: 'pod', pod: 'web', namespace: 'default' } as const;
  t.match(await traffic.start({ ...FROM_W1, to }), { ok: true, text: /from w1 to pod default\/web, by w1's eth0/ });
  const patch = asked.find(({ method }) => method === 'PATCH');
  t.equal(patch?.path, '/api/v1/namespaces/default/pods/web/ephemeralcontainers');
  t.match(JSON.stringify(patch?.body), /"image":"my\/iperf3:1".*"command":\["iperf3","--server","--one-off","--port"/);
  await traffic.close();
  t.match(daemon.matching(/tasks kill/), [/^exec lab-control-plane ctr .* kill --signal SIGKILL c0$/]);
});

t.test('a pod that is not there, or that cannot have the image, is told', async (t) => {
  const to = (pod: string) => ({ ...FROM_W1, to: { kind: 'pod', pod, namespace: 'default' } as const });
  const gone = new Daemon().traffic({ request: podApi().request });
  t.match(await gone.start(to('nix')), { ok: false, error: 'backup: pod default/nix: pods "nix" not found' });
  const waiting = { reason: 'ErrImagePull', message: 'no such host' };
  const lacking = new Daemon().traffic({ request: podApi(waiting).request });
  t.match(await lacking.start(to('web')), { ok: false, error: /pod default\/web: ErrImagePull: no such host$/ });
});
