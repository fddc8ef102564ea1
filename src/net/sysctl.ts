/**
 * The kernel parameters that the model reads, with Linux's defaults and its rules for joining `conf.all` with the device's own
 * value (include/linux/inetdevice.h: IN_DEV_MAXCONF, IN_DEV_ORCONF). Other keys are kept and have no effect.
 */

const DEFAULTS: Readonly<Record<string, string>> = {
  'net.core.somaxconn': '4096',
  'net.ipv4.ip_forward': '0',
  'net.ipv4.tcp_syn_retries': '6',
  'net.ipv4.tcp_synack_retries': '5',
  'net.ipv4.tcp_orphan_retries': '0',
  'net.ipv4.tcp_retries2': '15',
  'net.ipv4.tcp_syn_linear_timeouts': '0',
};

/** The per-device keys under net.ipv4.conf that the model reads. */
export type DeviceKey =
  | 'rp_filter'
  | 'accept_local'
  | 'log_martians'
  | 'arp_ignore'
  | 'arp_announce'
  | 'route_localnet';

export class Sysctl {
  readonly #values = new Map<string, string>(Object.entries(DEFAULTS));

  /** Keys in dots or slashes. `conf.default` is copied by devices made later. */
  set(key: string, value: string): void {
    this.#values.set(key.replaceAll('/', '.'), value);
  }

  get(key: string): number {
    return Number(this.#values.get(key) ?? 0);
  }

  /** A new device starts with `conf.default` for whatever was not set for it by name. */
  inherit(device: string): void {
    const from = 'net.ipv4.conf.default.';
    for (const [key, value] of [...this.#values]) {
      if (!key.startsWith(from)) continue;
      const own = `net.ipv4.conf.${device}.${key.slice(from.length)}`;
      if (!this.#values.has(own)) this.#values.set(own, value);
    }
  }

  /** The larger of `all` and the device: rp_filter, arp_ignore, arp_announce; and, being 0 or 1, the OR of the others. */
  effective(key: DeviceKey, device: string): number {
    return Math.max(this.get(`net.ipv4.conf.all.${key}`), this.get(`net.ipv4.conf.${device}.${key}`));
  }
}
