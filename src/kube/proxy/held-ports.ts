/**
 * The sockets by which kube-proxy before 1.24 held external addresses' ports on a node that has the address, so that nobody else would
 * listen there in vain. A port that is taken already makes kube-proxy leave the address out on this node.
 * Source: pkg/proxy/ipvs/proxier.go v1.20 (lines 1257 to 1275), pkg/proxy/util/port.go.
 */
import { formatIpv4 } from '../../base/ip.js';
import type { HostKernel, Listener } from '../../net/sockets.js';
import type { Klog } from '../log.js';
import { structured } from '../log.js';
import type { Traits } from '../versions.js';
import type { Desired, Frontend } from './desired.js';

const SOURCE = 'proxier.go:1269';

export class HeldPorts {
  readonly #held = new Map<string, Listener>();
  readonly #refused = new Set<string>();
  constructor(
    readonly host: HostKernel,
    readonly log: Klog,
    readonly traits: Traits,
  ) {}

  /** Opens and closes sockets as the frontends want; call before each sync. */
  update(desired: Desired): void {
    if (!this.traits.holdsPorts) return;
    const local = new Set(this.host.addresses().map(({ prefix }) => prefix.address));
    const wanted = new Map(
      desired.frontends.filter((f) => f.kind === 'external' && local.has(f.ip)).map((f) => [describe(f), f] as const),
    );
    this.#refused.clear();
    for (const [name, listener] of this.#held) {
      if (wanted.has(name)) continue;
      listener.close();
      this.#held.delete(name);
    }
    for (const [name, frontend] of wanted) if (!this.#held.has(name)) this.#open(name, frontend);
  }

  mayUse(frontend: Frontend): boolean {
    return !this.#refused.has(describe(frontend));
  }

  closeAll(): void {
    for (const listener of this.#held.values()) listener.close();
    this.#held.clear();
  }

  #open(name: string, frontend: Frontend): void {
    const listener = this.host.listen(frontend.ip, frontend.port, 'kube-proxy', () => {});
    if (listener) {
      this.#held.set(name, listener);
      const text =
        this.traits.klog === 'text' ? `Opened local port ${name}` : structured('Opened local port', { port: name });
      return this.log.write('I', SOURCE, text);
    }
    this.#refused.add(name);
    const cause = `listen tcp4 ${formatIpv4(frontend.ip)}:${frontend.port}: bind: address already in use`;
    const text =
      this.traits.klog === 'text'
        ? `can't open ${name}, skipping this externalIP: ${cause}`
        : structured("can't open port, skipping it", { port: name, err: cause });
    this.log.write('E', SOURCE, text);
  }
}

/** LocalPort.String(): `"externalIP for default/busybox" (192.168.0.11:8888/tcp)`. */
function describe({ owner, ip, port, protocol }: Frontend): string {
  return `"externalIP for ${owner}" (${formatIpv4(ip)}:${port}/${protocol.toLowerCase()})`;
}
