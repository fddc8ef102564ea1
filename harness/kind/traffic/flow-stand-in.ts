/** For tests: a Docker daemon that starts iperf3s in networks of other containers, and lets them listen, count and say what iperf3 3.12 said; and an API server of pods. */
import { SECOND } from '../../../src/base/instant.js';
import type { ApiRequest } from '../api-request.js';
import { Docker, type Ran, type RunOptions } from '../docker.js';
import { KindTraffic, type KindTrafficOptions } from './traffic.js';

export const WITHIN = 40 * SECOND;
export const RATE = 50e6;
const UDP = { protocol: 'udp', rateBps: RATE } as const;
export const FROM_W1 = { name: 'backup', from: { kind: 'node', node: 'w1' }, to: { kind: 'outside' }, ...UDP } as const;
const NODES = [
  { name: 'cp', role: 'control-plane', container: 'lab-control-plane', ip: '172.30.0.2' },
  { name: 'w1', role: 'worker', container: 'lab-worker', ip: '172.30.0.3' },
] as const;
export const IMAGE = 'my/iperf3:1';
const IN_USE = '{"error": "error - unable to start listener for connections: Address already in use"}';

/** Small, and wrong where a test says so. */
export class Daemon extends Docker {
  readonly calls: string[] = [];
  readonly servers = new Map<string, number>();
  readonly alive = new Set<string>();
  nowMs = 0;
  inDaemon = true;
  onNode = '';
  /** Of an archive. */
  loaded = `Loaded image: ${IMAGE}`;
  pulls = false;
  /** Until it is ended. */
  pullHangs = false;
  collide = 0;
  /** It is made, and `docker run` fails. */
  startFails = false;
  /** No server listens. */
  deaf = false;
  /** Only servers are started. */
  clientFails = false;
  /** How often it takes nothing away. */
  stuck = 0;
  kills = true;
  onSleep: (nowMs: number) => unknown = () => {};
  /** Ports that somebody else has on every host. */
  taken: readonly number[] = [];

  override async run(args: readonly string[], { signal }: RunOptions = {}): Promise<Ran> {
    const text = args.join(' ');
    this.calls.push(text);
    if (this.pullHangs && text.startsWith('pull '))
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
    const stdout = this.#answer(text, args);
    const failed = stdout === undefined;
    return {
      code: failed ? 1 : 0,
      stdout: stdout ?? '',
      stderr: failed ? `${text.startsWith('image inspect') ? 'Error: No such image' : 'no answer to'} ${text}` : '',
      timedOut: false,
    };
  }

  #answer(text: string, args: readonly string[]): string | undefined {
    if (text.endsWith('--version')) return 'iperf 3.12 (cJSON 1.7.15)';
    if (text.startsWith('image inspect')) return this.inDaemon ? 'sha256:0' : undefined;
    if (text.includes('images ls')) return this.onNode;
    if (text.startsWith('load ')) return this.loaded;
    if (text.includes('tasks kill')) return this.kills ? '' : undefined;
    if (/images export|^cp |rm -f/.test(text)) return '';
    if (text.startsWith('pull ')) return this.pulls ? '' : undefined;
    if (text.startsWith('run --detach')) return this.#start(args);
    if (text.startsWith('rm --force')) return this.#remove(args.at(-1) ?? '');
    if (text.includes('/proc/net/tcp')) return this.#table();
    if (text.includes('.State.Running')) return `${this.alive.has(args.at(-1) ?? '')} `;
    if (text.startsWith('logs ')) return IN_USE;
    return text.startsWith('inspect ') ? '172.30.0.9' : undefined;
  }

  #remove(name: string): string | undefined {
    if (this.stuck > 0) {
      this.stuck--;
      return undefined;
    }
    this.alive.delete(name);
    return '';
  }

  #start(args: readonly string[]): string | undefined {
    const id = args[args.indexOf('--name') + 1] ?? '';
    if (!args.includes('--server')) {
      if (this.clientFails) return undefined;
      this.alive.add(id);
    } else if (this.collide > 0) this.collide--;
    else {
      this.alive.add(id);
      this.servers.set(id, Number(args[args.indexOf('--port') + 1]));
    }
    if (this.startFails) return undefined;
    return 'f'.repeat(64);
  }

  #table(): string {
    const ports = [...this.taken, ...(this.deaf ? [] : this.servers.values())];
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
      this.onSleep(this.nowMs);
      bytes += (clients() * RATE * ms) / 8000;
    };
    return new KindTraffic({
      docker: this,
      cluster: { label: 'mark', nodes: NODES, network: 'lab-net', subnet: '172.30.0.0/24' },
      bystanders: new Map([['outside', 'f00d']]),
      image: IMAGE,
      counters: async () => ({
        receivedBytes: bytes,
        transmittedBytes: bytes,
        atMicros: this.nowMs * 1000,
        source: '/proc/net/dev',
      }),
      say: () => {},
      time: { now: () => this.nowMs, sleep },
      ...more,
    });
  }
}

/** A pod as its API server has it: the ephemeral container runs as soon as it is there. */
export function podApi(waiting?: object) {
  const statuses: { name: string; state: object; containerID: string }[] = [];
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
    const spec = { nodeName: 'lab-control-plane', ephemeralContainers: statuses };
    return { status: 200, body: { spec, status } };
  };
  return { asked, request, statuses };
}
