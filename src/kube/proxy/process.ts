/**
 * kube-proxy as a process on one node: learns of Services and EndpointSlices over its own connection, and syncs its node's kernel.
 * Nothing is synced before both have been listed. A killed process leaves the kernel as it is.
 */
import type { Micros } from '../../base/instant.js';
import { type Ipv4, ipv4, type Prefix } from '../../base/ip.js';
import type { HostKernel, Listener, TcpSocket } from '../../net/sockets.js';
import { sameJson } from '../api/equality.js';
import type { EndpointSlice, Service, Stored } from '../api/objects.js';
import { keyOf } from '../api/objects.js';
import type { Change } from '../api/store.js';
import { ApiClient } from '../client/client.js';
import { Reflector } from '../client/reflector.js';
import type { View, ViewSource } from '../client/shared-view.js';
import { serveHttp } from '../http-server.js';
import { Klog, type LogSink } from '../log.js';
import { reflectorLog } from '../reflector-log.js';
import type { Timings } from '../timings.js';
import type { Traits } from '../versions.js';
import type { Desired, DesiredSource } from './desired.js';
import { HeldPorts } from './held-ports.js';
import { IptablesProxier } from './iptables.js';
import { IpvsProxier } from './ipvs.js';
import { ProxyLog } from './messages.js';
import type { ModeResult, ProxyConfig } from './mode.js';
import { NftablesProxier } from './nftables.js';
import type { Proxier } from './proxier.js';
import { SyncRunner } from './sync-runner.js';

/** What all kube-proxies of a cluster share: views and what was computed from them. */
export interface ProxyShared {
  readonly services: ViewSource<Service>;
  readonly slices: ViewSource<EndpointSlice>;
  readonly desired: DesiredSource;
}

export interface ProxyOptions {
  readonly host: HostKernel;
  readonly nodeName: string;
  readonly version: string;
  readonly traits: Traits;
  readonly mode: ModeResult;
  /** --cluster-cidr: the pod subnet, as kubeadm configures it. */
  readonly clusterCIDR: Prefix;
  readonly api: { readonly ip: Ipv4; readonly port: number; readonly authority: string };
  readonly timings: Timings;
  readonly shared: ProxyShared;
  readonly log: LogSink;
}

export const PROXY_HEALTH_PORT = 10_256;
export const PROXY_METRICS_PORT = 10_249;
const PROCESS = 'kube-proxy';
const PID = 1;
const SYNC_BASE: Micros = 15_000;
const SYNC_PER_PORT: Micros = 20;
const PROXIERS = { ipvs: IpvsProxier, iptables: IptablesProxier, nftables: NftablesProxier } as const;
const SELECTOR = '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name';

export class ProxyProcess {
  readonly #options: ProxyOptions;
  readonly #log: ProxyLog;
  #running: Running | undefined;

  constructor(options: ProxyOptions) {
    this.#options = options;
    this.#log = new ProxyLog(new Klog(options.host, PROCESS, PID, options.log), options.traits);
  }

  /** Whether the kernel has been brought to what the API says at least once. */
  get synced(): boolean {
    return this.#running?.synced ?? false;
  }

  get running(): boolean {
    return this.#running !== undefined;
  }

  start(): void {
    if (this.#running) return;
    const { mode } = this.#options;
    if (!mode.ok) return this.#log.refused(mode.error);
    this.#running = new Running(this.#options, mode.config, this.#log);
    this.#running.start();
  }

  kill(): void {
    this.#running?.kill();
    this.#running = undefined;
  }
}

/** One life of the process. */
class Running {
  synced = false;
  readonly #options: ProxyOptions;
  readonly #config: ProxyConfig;
  readonly #log: ProxyLog;
  readonly #client: ApiClient;
  readonly #proxier: Proxier;
  readonly #held: HeldPorts;
  readonly #runner: SyncRunner;
  readonly #reflectors: readonly { readonly synced: boolean; start(): void; stop(): void }[];
  readonly #listeners: (Listener | undefined)[] = [];
  readonly #sockets = new Set<TcpSocket>();
  #services: View<Service>;
  #slices: View<EndpointSlice>;
  #applied: Desired | undefined;

  constructor(options: ProxyOptions, config: ProxyConfig, log: ProxyLog) {
    this.#options = options;
    this.#config = config;
    this.#log = log;
    const { host, nodeName, traits, clusterCIDR, api, timings, shared } = options;
    this.#services = shared.services.empty;
    this.#slices = shared.slices.empty;
    this.#client = new ApiClient({ host, process: PROCESS, ...api, timings });
    this.#held = new HeldPorts(host, (port) => log.opened(port));
    this.#proxier = new PROXIERS[config.mode]({
      host,
      nodeName,
      traits,
      config,
      clusterCIDR,
      held: this.#held,
      log,
    });
    const hourly = config.mode !== 'ipvs' || traits.ipvsResync === 'hourly';
    this.#runner = new SyncRunner({
      host,
      intervalMin: config.mode === 'ipvs' ? 0 : timings.proxyMinSync,
      intervalMax: hourly ? timings.proxyHourly : timings.proxySyncPeriod,
      takes: () => SYNC_BASE + SYNC_PER_PORT * (this.#applied?.ports.length ?? 0),
      run: () => this.#sync(),
    });
    this.#reflectors = [
      this.#reflect<Service>('Service', SELECTOR, shared.services, (next, change) => {
        if (change) this.#sayChange(change);
        this.#services = next(this.#services);
      }),
      this.#reflect<EndpointSlice>('EndpointSlice', SELECTOR, shared.slices, (next) => {
        this.#slices = next(this.#slices);
      }),
    ];
  }

  start(): void {
    const { host, traits } = this.#options;
    this.#log.using(this.#config.mode);
    if (this.#config.mode === 'ipvs' && traits.ipvsDeprecated) this.#log.ipvsDeprecated();
    this.#proxier.prepare();
    const health = () => (this.synced ? { status: 200, body: 'ok' } : { status: 503, body: '' });
    const metrics = (path: string) =>
      path === '/proxyMode' ? { status: 200, body: this.#config.mode } : path === '/healthz' ? health() : NOT_FOUND;
    this.#listeners.push(
      host.listen(null, PROXY_HEALTH_PORT, PROCESS, (socket) => serveHttp(socket, this.#sockets, health)),
      host.listen(ipv4('127.0.0.1'), PROXY_METRICS_PORT, PROCESS, (socket) =>
        serveHttp(socket, this.#sockets, metrics),
      ),
    );
    for (const reflector of this.#reflectors) reflector.start();
  }

  kill(): void {
    for (const reflector of this.#reflectors) reflector.stop();
    this.#runner.stop();
    this.#client.kill();
    this.#held.closeAll();
    for (const listener of this.#listeners) listener?.close();
    for (const socket of this.#sockets) socket.abort();
  }

  #reflect<T extends Stored>(
    kind: string,
    labelSelector: string,
    source: ViewSource<T>,
    set: (next: (view: View<T>) => View<T>, change?: Change) => void,
  ): Reflector<T> {
    const { host, timings, traits } = this.#options;
    return new Reflector<T>({
      host,
      client: this.#client,
      kind,
      labelSelector,
      timings,
      random: host.random(`${PROCESS}/${kind}`),
      log: reflectorLog(this.#log.klog, traits, kind),
      sink: {
        replace: (list) => {
          set(() => source.ofList(list));
          this.#changed();
        },
        change: (change) => {
          set((view) => view.after(change), change);
          this.#changed();
        },
      },
    });
  }

  #changed(): void {
    if (this.#reflectors.every(({ synced }) => synced)) this.#runner.ask();
  }

  #sayChange({ type, object, previous }: Change): void {
    const { spec } = object as Service;
    if (type === 'MODIFIED' && sameJson(spec, (previous as Service | undefined)?.spec)) return;
    this.#log.serviceUpdated(keyOf(object), type === 'DELETED' ? 0 : (spec.ports?.length ?? 0));
  }

  #sync(): void {
    const { shared, version } = this.#options;
    const variant = `${version} ${this.#config.mode} ${this.#config.externalIPs}`;
    const desired = shared.desired.of(this.#services, this.#slices, variant, this.#config.externalIPs);
    const before = this.#applied ?? shared.desired.of(shared.services.empty, shared.slices.empty, variant, true);
    if (this.#options.traits.serviceLog !== 'silent' && desired !== before) {
      const { added, updated, removed } = desired.changesSince(before);
      for (const port of added) this.#log.portAdded(port);
      for (const port of updated) this.#log.portUpdated(port);
      for (const port of removed) this.#log.portRemoved(port);
    }
    this.#applied = desired;
    this.#proxier.sync(desired);
    this.synced = true;
  }
}

const NOT_FOUND = { status: 404, body: '404 page not found' };
