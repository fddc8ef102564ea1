/** Which mode a kube-proxy runs in, or why it does not run: its configuration against its version. */
import type { ClusterSpec, ProxyMode } from '../../scenario/model.js';
import type { Traits } from '../versions.js';

export interface ProxyConfig {
  readonly mode: Exclude<ProxyMode, 'none'>;
  readonly strictARP: boolean;
  readonly excludeCIDRs: readonly string[];
  /** externalIPs are programmed. */
  readonly externalIPs: boolean;
}

export type ModeResult =
  | { readonly ok: true; readonly config: ProxyConfig }
  | { readonly ok: false; readonly error: string };

/**
 * Source: cmd/kube-proxy/app, pkg/proxy/apis/config/validation; KEP-3866 (nftables), KEP-5707, KEP-5495. The kernel has what every
 * mode needs, so the silent fall back to iptables before 1.26 is not reached.
 */
export function resolveMode(kubeProxy: ClusterSpec['kubeProxy'], traits: Traits): ModeResult | undefined {
  const { mode, featureGates, strictARP, excludeCIDRs } = kubeProxy;
  if (mode === 'none') return undefined;
  const known = new Map([
    ['NFTablesProxyMode', traits.nftables !== 'absent'],
    ['AllowServiceExternalIPs', traits.externalIPsGate],
    ['KubeProxyIPVS', traits.ipvsGate],
  ]);
  for (const gate of Object.keys(featureGates)) {
    if (known.get(gate) === false) return refuse(`unrecognized feature gate: ${gate}`);
  }
  if (mode === 'nftables') {
    const enabled = featureGates.NFTablesProxyMode ?? traits.nftables === 'on';
    if (traits.nftables === 'absent' || !enabled) {
      return refuse('KubeProxyConfiguration.Mode: Invalid value: "nftables": must be iptables or ipvs');
    }
  }
  if (mode === 'ipvs' && featureGates.KubeProxyIPVS === false) {
    return refuse('KubeProxyConfiguration.Mode: Invalid value: "ipvs": feature gate KubeProxyIPVS is disabled');
  }
  const externalIPs = featureGates.AllowServiceExternalIPs !== false;
  return { ok: true, config: { mode, strictARP, excludeCIDRs, externalIPs } };
}

function refuse(error: string): ModeResult {
  return { ok: false, error };
}
