/**
 * kube-proxy's log lines by version, at -v=2. Sources: pkg/proxy/service.go, ipvs/proxier.go, util/port.go of v1.20.10 and v1.26.7;
 * servicechangetracker.go, ipvs/proxier.go, cmd/kube-proxy/app/server_linux.go of v1.34.2.
 */
import { formatIpv4, type Ipv4 } from '../../base/ip.js';
import { type Klog, structured, type Values } from '../log.js';
import type { Traits } from '../versions.js';
import type { LocalPort } from './held-ports.js';
import { renderLocalPort } from './held-ports.js';
import type { ServicePortInfo } from './service-port.js';
import { renderPort } from './service-port.js';

export class ProxyLog {
  constructor(
    readonly klog: Klog,
    readonly traits: Traits,
  ) {}

  using(mode: string): void {
    this.#say('I', 'server_others.go:258', `Using ${mode} Proxier.`, `Using ${mode} Proxier`, {});
  }

  refused(error: string): void {
    this.#say('E', 'server.go:490', error, 'Error running ProxyServer', { err: error });
  }

  ipvsDeprecated(): void {
    const text =
      'The ipvs proxier is now deprecated and may be removed in a future release. Please use nftables instead.';
    this.klog.write('W', 'server_linux.go:191', structured(text, {}));
  }

  serviceUpdated(service: string, ports: number): void {
    if (this.traits.serviceLog === 'text') {
      return this.klog.write('I', 'service.go:275', `Service ${service} updated: ${ports} ports`);
    }
    if (this.traits.serviceLog === 'silent') return;
    this.klog.write('I', 'service.go:301', structured('Service updated ports', { service, portCount: ports }));
  }

  portAdded(port: ServicePortInfo): void {
    this.#port('service.go:390', 'Adding new service port', port, true);
  }

  portUpdated(port: ServicePortInfo): void {
    this.#port('service.go:392', 'Updating existing service port', port, true);
  }

  portRemoved(port: ServicePortInfo): void {
    this.#port('service.go:415', 'Removing service port', port, false);
  }

  opened(port: LocalPort): void {
    const localPort = renderLocalPort(port);
    this.#say('I', 'proxier.go:2243', `Opened local port ${localPort}`, 'Opened local port', { port: localPort });
  }

  cannotOpen(port: LocalPort): void {
    const localPort = renderLocalPort(port);
    const error = `listen ${port.protocol.toLowerCase()} ${port.ip === null ? '' : formatIpv4(port.ip)}:${port.port}: bind: address already in use`;
    const skipped = port.ip === null ? 'nodePort' : 'externalIP';
    const old = `can't open ${localPort}, skipping this ${skipped}: ${error}`;
    const text = `can't open port, skipping ${skipped === 'nodePort' ? 'it' : 'externalIP'}`;
    this.#say('E', 'proxier.go:1286', old, text, { port: localPort, err: error });
  }

  removingAddresses(device: string, addresses: readonly Ipv4[]): void {
    const values = { ipFamily: 'IPv4', interface: device, addresses: addresses.map(formatIpv4) };
    this.klog.write('I', 'proxier.go:1418', structured('Removing addresses', values));
  }

  #port(source: string, verb: string, port: ServicePortInfo, full: boolean): void {
    const { serviceLog } = this.traits;
    if (serviceLog === 'silent') return;
    if (serviceLog === 'text') {
      const at = full ? ` at ${renderPort(port)}` : '';
      return this.klog.write('I', source, `${verb} ${JSON.stringify(port.name)}${at}`);
    }
    const values = full ? { portName: port.name, servicePort: renderPort(port) } : { portName: port.name };
    this.klog.write('I', source, structured(verb, values));
  }

  #say(level: 'I' | 'W' | 'E', source: string, text: string, message: string, values: Values): void {
    this.klog.write(level, source, this.traits.klog === 'structured' ? structured(message, values) : text);
  }
}
