/**
 * kube-proxy as a process on one node: hears of Services and EndpointSlices over its own connection, and syncs the kernel. Nothing is
 * synced before both were listed; then on every change, and anew after a period. A kernel that it left stays as it was.
 * Source: cmd/kube-proxy/app/server.go, pkg/proxy/*\/proxier.go, pkg/util/async/bounded_frequency_runner.go.
 */
import type { Micros } from '../../base/instant.js';
import { formatIpv4, type Prefix, parsePrefix } from '../../base/ip.js';
import type { HostKernel, Listener, Timer } from '../../net/sockets.js';
import type { ClusterSpec } from '../../scenario/model.js';
import type { EndpointSlice, Service } from '../api/objects.js';
import { keyOf } from '../api/objects.js';
import { isFrame, SIZES } from '../api/wire.js';
import { ApiClient } from '../client/client.js';
import { Informer } from '../client/informer.js';
import type { TransportOptions } from '../client/transport.js';
import { Klog, type LogSink, structured } from '../log.js';
import { reflectorLog } from '../reflector-log.js';
import type { Timings } from '../timings.js';
import type { Traits } from '../versions.js';
import type { Desired, DesiredCache, DesiredOptions, Mode } from './desired.js';
import { HeldPorts } from './held-ports.js';
import { type IpvsOptions, prepareIpvs, syncIpvs } from './ipvs.js';
import { prepareNat, syncNat } from './nat.js';

const HEALTH_PORT = 10256;
const METRICS_PORT = 10249;
const LOOPBACK = 0x7f000001;
const PROCESS = 'kube-proxy';
const PID = 1;

export interface ProxyOptions {
  readonly host: HostKernel;
  readonly cluster: ClusterSpec;
  readonly version: string;
  readonly traits: Traits;
  readonly timings: Timings;
  readonly api: Pick<TransportOptions, 'ip' | 'port' | 'authority'>;
  readonly cache: DesiredCache;
  readonly sink: LogSink;
}

export class KubeProxy {
  readonly mode: Mode;
  /** Why the process ended by itself at start. */
  fatal: string | undefined;
  /** How often the kernel was synced since start; 0: not yet. */
  syncs = 0;
  readonly #options: ProxyOptions;
  readonly #log: Klog;
  readonly #held: HeldPorts;
  readonly #desiredOptions: DesiredOptions;
  readonly #excludeCIDRs: readonly Prefix[];
  #client: ApiClient | undefined;
  #services: Informer<Service> | undefined;
  #slices: Informer<EndpointSlice> | undefined;
  #listeners: Listener[] = [];
  #timer: Timer | undefined;
  #dueAt: Micros = Number.POSITIVE_INFINITY;
  #syncedAt: Micros = Number.NEGATIVE_INFINITY;
  #knownPorts = new Set<string>();

  constructor(options: ProxyOptions) {
    const { cluster, traits, version } = options;
    this.#options = options;
    this.mode = cluster.kubeProxy.mode === 'none' ? 'iptables' : cluster.kubeProxy.mode;
    this.#log = new Klog(options.host, PROCESS, PID, options.sink);
    this.#held = new HeldPorts(options.host, this.#log, traits);
    this.#excludeCIDRs = cluster.kubeProxy.excludeCIDRs.map(parsePrefix).filter((cidr) => cidr !== undefined);
    const gates = cluster.kubeProxy.featureGates;
    const externalIPs = !traits.externalIPsGate || gates.AllowServiceExternalIPs !== false;
    this.#desiredOptions = { mode: this.mode, traits, version, externalIPs };
  }

  get running(): boolean {
    return this.#client !== undefined;
  }

  start(): void {
    const { host, traits, timings, api } = this.#options;
    this.fatal = this.#refusal();
    if (this.fatal !== undefined)
      return this.#log.write('E', 'run.go:74', structured('command failed', { err: this.fatal }));
    this.#announce();
    if (this.mode === 'ipvs') prepareIpvs(this.#ipvsOptions());
    else prepareNat(host, this.mode);
    const client = new ApiClient({ host, process: PROCESS, timings, ...api });
    const random = host.random(`${PROCESS}/reflectors`);
    const informer = <T extends Service | EndpointSlice>(kind: string) =>
      new Informer<T>({ host, client, kind, timings, random, log: reflectorLog(this.#log, traits, kind) });
    const changed = () => this.#request();
    const services = informer<Service>('Service').on({
      added: (service) => {
        this.#logUpdate(service);
        changed();
      },
      updated: (service) => {
        this.#logUpdate(service);
        changed();
      },
      deleted: changed,
    });
    const slices = informer<EndpointSlice>('EndpointSlice').on({ added: changed, updated: changed, deleted: changed });
    this.#client = client;
    this.#services = services;
    this.#slices = slices;
    services.start();
    slices.start();
    this.#awaitLists();
    this.#listen();
  }

  /** SIGKILL: connections and sockets end, the kernel keeps what it was told. */
  kill(): void {
    this.#timer?.cancel();
    this.#services?.stop();
    this.#slices?.stop();
    this.#client?.kill();
    this.#client = undefined;
    this.#held.closeAll();
    for (const listener of this.#listeners) listener.close();
    this.#listeners = [];
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#syncedAt = Number.NEGATIVE_INFINITY;
    this.#knownPorts = new Set();
    this.syncs = 0;
  }

  #refusal(): string | undefined {
    const { traits, cluster } = this.#options;
    if (this.mode === 'nftables' && traits.nftables === 'absent') return "unsupported proxy mode 'nftables'";
    if (this.mode === 'ipvs' && traits.ipvsGate && cluster.kubeProxy.featureGates.KubeProxyIPVS === false)
      return 'the ipvs proxy mode is disabled: the KubeProxyIPVS feature gate is off';
    return undefined;
  }

  #announce(): void {
    const { traits } = this.#options;
    const text = `Using ${this.mode} Proxier`;
    this.#log.write('I', 'server_linux.go:132', traits.klog === 'text' ? `${text}.` : structured(text, {}));
    if (this.mode === 'ipvs' && traits.ipvsDeprecated)
      this.#log.write(
        'W',
        'proxier.go:360',
        "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead.",
      );
  }

  /** cache.WaitForNamedCacheSync looks every 100 ms. */
  #awaitLists(): void {
    const { host } = this.#options;
    if (this.#services?.synced && this.#slices?.synced) return this.#request();
    this.#timer = host.after(100_000, () => this.#awaitLists());
  }

  /** BoundedFrequencyRunner.Run: at once, but no sooner than the least period after the last sync. */
  #request(): void {
    if (!this.#services?.synced || !this.#slices?.synced) return;
    const { host, timings } = this.#options;
    const least = this.mode === 'ipvs' ? 0 : timings.proxyMinSync;
    this.#schedule(Math.max(host.now(), this.#syncedAt + least));
  }

  #schedule(at: Micros): void {
    if (at >= this.#dueAt) return;
    const { host } = this.#options;
    this.#timer?.cancel();
    this.#dueAt = at;
    this.#timer = host.after(at - host.now(), () => this.#sync());
  }

  #sync(): void {
    const { host, traits, timings, cache } = this.#options;
    if (!this.#services || !this.#slices) return;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#syncedAt = host.now();
    this.syncs++;
    const desired = cache.get(this.#desiredOptions, this.#services.items, this.#slices.items);
    this.#logPorts(desired);
    if (this.mode === 'ipvs') {
      this.#held.update(desired);
      syncIpvs(this.#ipvsOptions(), desired);
    } else syncNat(host, desired);
    const often = this.mode === 'ipvs' && traits.ipvsResync === 'sync-period';
    this.#schedule(host.now() + (often ? timings.proxySyncPeriod : timings.proxyHourly));
  }

  #ipvsOptions(): IpvsOptions {
    const { host, traits, cluster } = this.#options;
    const mayUse: IpvsOptions['mayUse'] = (frontend) => this.#held.mayUse(frontend);
    return { host, traits, strictARP: cluster.kubeProxy.strictARP, excludeCIDRs: this.#excludeCIDRs, mayUse };
  }

  #logUpdate(service: Service): void {
    const { traits } = this.#options;
    if (traits.serviceLog === 'silent') return;
    const name = keyOf(service);
    const portCount = service.spec.ports?.length ?? 0;
    const text =
      traits.serviceLog === 'text'
        ? `Service ${name} updated: ${portCount} ports`
        : structured('Service updated ports', { service: name, portCount });
    this.#log.write('I', 'service.go:275', text);
  }

  #logPorts(desired: Desired): void {
    const text = this.#options.traits.klog === 'text';
    const now = new Set<string>();
    for (const { owner, ip, port, protocol, kind } of desired.frontends) {
      if (kind !== 'cluster') continue;
      now.add(owner);
      if (this.#knownPorts.has(owner)) continue;
      const at = `${formatIpv4(ip)}:${port}/${protocol}`;
      const line = text
        ? `Adding new service port "${owner}" at ${at}`
        : structured('Adding new service port', { portName: owner, servicePort: at });
      this.#log.write('I', 'service.go:390', line);
    }
    for (const owner of this.#knownPorts) {
      if (now.has(owner)) continue;
      this.#log.write(
        'I',
        'service.go:415',
        text ? `Removing service port "${owner}"` : structured('Removing service port', { portName: owner }),
      );
    }
    this.#knownPorts = now;
  }

  /** /healthz for load balancers, and /proxyMode on loopback. */
  #listen(): void {
    const serve = (ip: number | null, port: number, path: string, body: string) => {
      const listener = this.#options.host.listen(ip, port, PROCESS, (socket) => {
        socket.handlers = {
          message: (message) => {
            if (!isFrame(message) || message.type !== 'http-request') return socket.close();
            const status = message.path === path ? 200 : 404;
            socket.send({ type: 'http-response', status, body: status === 200 ? body : 'not found' }, SIZES.small);
          },
        };
      });
      if (listener) this.#listeners.push(listener);
    };
    serve(null, HEALTH_PORT, '/healthz', 'ok');
    serve(LOOPBACK, METRICS_PORT, '/proxyMode', this.mode);
  }
}
