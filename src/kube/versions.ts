/**
 * What differs between Kubernetes versions, as rows of data over one mechanism each. A row holds for the versions of its range;
 * later rows win. Every version resolves; the rows are known to be right from 1.20 to 1.37.
 * Sources: externalip-outage.md §1.1, §1.2; kubernetes v1.20.10, v1.26.7, v1.34.2; the pull requests named beside the rows.
 */
import satisfies from 'semver/functions/satisfies.js';

export interface Traits {
  /** IPVS: bind a Service's external address also where another device of the node holds it. */
  readonly ownerBinds: boolean;
  /** IPVS: addresses leave kube-ipvs0 while a virtual server is deleted, or as all that are bound and no longer wanted. */
  readonly unbinds: 'with-servers' | 'superfluous';
  /** IPVS: KUBE-IPVS-FILTER on INPUT; `local` also lets pass external addresses with externalTrafficPolicy Local. */
  readonly ipvsFilter: 'none' | 'cluster' | 'local';
  /** IPVS: KUBE-SERVICES lets what comes from 127.0.0.0/8 pass, before all else. */
  readonly ipvsLoopbackReturn: boolean;
  /** External addresses and node ports of this node are held by a listening socket. */
  readonly holdsPorts: boolean;
  /** iptables: packets made on this node are redirected always, or only where the destination is an address of the node. */
  readonly localExternal: 'any' | 'to-local';
  /** IPVS mode sets route_localnet. */
  readonly ipvsRouteLocalnet: boolean;
  /** IPVS: node ports get virtual servers on all addresses of other devices, or on those that kube-ipvs0 does not hold too. */
  readonly nodePortAddresses: 'other-devices' | 'minus-bound';
  /** How often IPVS rules are made anew although nothing changed; the other modes: once an hour. */
  readonly ipvsResync: 'sync-period' | 'hourly';
  readonly nftables: 'absent' | 'off' | 'on';
  /** The gate AllowServiceExternalIPs exists (default on). */
  readonly externalIPsGate: boolean;
  /** The gate KubeProxyIPVS exists (default on). */
  readonly ipvsGate: boolean;
  readonly ipvsDeprecated: boolean;
  /** The API answers a Service with externalIPs with a warning. */
  readonly externalIPsDeprecated: boolean;
  readonly nodeMonitorGraceSeconds: number;
  /** Registered on control-plane nodes as label and taint, in this order. */
  readonly controlPlaneRoles: readonly ('master' | 'control-plane')[];
  /** The control-plane taint keys, which kubeadm changed two versions after the labels. */
  readonly controlPlaneTaints: readonly ('master' | 'control-plane')[];
  /** Lines of kubelet's lease controller: with their error at the end, or as structured `err=`. */
  readonly leaseLog: 'text' | 'structured';
  /** All other lines of kubelet and kube-proxy. */
  readonly klog: 'text' | 'structured';
  /** kube-proxy's tracker says at -v=2 that a Service changed. */
  readonly serviceLog: 'text' | 'structured' | 'silent';
  readonly reflectorLog: 'text' | 'structured';
}

const OLDEST: Traits = {
  ownerBinds: true,
  unbinds: 'with-servers',
  ipvsFilter: 'none',
  ipvsLoopbackReturn: false,
  holdsPorts: true,
  localExternal: 'to-local',
  ipvsRouteLocalnet: true,
  nodePortAddresses: 'other-devices',
  ipvsResync: 'sync-period',
  nftables: 'absent',
  externalIPsGate: false,
  ipvsGate: false,
  ipvsDeprecated: false,
  externalIPsDeprecated: false,
  nodeMonitorGraceSeconds: 40,
  controlPlaneRoles: ['master', 'control-plane'],
  controlPlaneTaints: ['master'],
  leaseLog: 'text',
  klog: 'text',
  serviceLog: 'text',
  reflectorLog: 'text',
};

const ROWS: readonly { readonly range: string; readonly traits: Partial<Traits> }[] = [
  // kk#96296, kk#92938; klog.InfoS in kubelet and kube-proxy.
  {
    range: '>=1.21.0-0',
    traits: { localExternal: 'any', ipvsRouteLocalnet: false, klog: 'structured', serviceLog: 'structured' },
  },
  // kk#101429, put right with kk#115019.
  { range: '>=1.23.0-0 <1.27.2', traits: { nodePortAddresses: 'minus-bound' } },
  // kk#108496; kubeadm: label master gone, both taints.
  {
    range: '>=1.24.0-0',
    traits: {
      holdsPorts: false,
      controlPlaneRoles: ['control-plane'],
      controlPlaneTaints: ['control-plane', 'master'],
    },
  },
  { range: '>=1.25.0-0', traits: { controlPlaneTaints: ['control-plane'] } },
  // kk#108460; the change tracker logs at -v=4; loopback is let pass (seen in v1.26.7, not in v1.25.16).
  { range: '>=1.26.0-0', traits: { ipvsFilter: 'cluster', ipvsLoopbackReturn: true, serviceLog: 'silent' } },
  // component-helpers v0.27: contextual logging.
  { range: '>=1.27.0-0', traits: { leaseLog: 'structured' } },
  // kk#115019, backport kk#117684.
  { range: '>=1.27.2', traits: { ownerBinds: false, unbinds: 'superfluous' } },
  // kk#121919, backports kk#121928 and kk#122323.
  { range: '>=1.28.6 <1.29.0-0', traits: { ipvsFilter: 'local' } },
  { range: '>=1.29.1', traits: { ipvsFilter: 'local' } },
  { range: '>=1.29.0-0', traits: { nftables: 'off' } },
  { range: '>=1.31.0-0', traits: { nftables: 'on' } },
  // kk#126287.
  { range: '>=1.32.0-0', traits: { nodeMonitorGraceSeconds: 50 } },
  { range: '>=1.33.0-0', traits: { reflectorLog: 'structured' } },
  // kk#131615, put right by kk#135631 and its backports kk#136122, kk#136123.
  { range: '>=1.34.0-0 <1.34.4', traits: { ipvsResync: 'hourly' } },
  { range: '>=1.35.0-0 <1.35.1', traits: { ipvsResync: 'hourly' } },
  // kk#134539.
  { range: '>=1.35.0-0', traits: { ipvsDeprecated: true } },
  // kk#137293, KEP-5707.
  { range: '>=1.36.0-0', traits: { externalIPsDeprecated: true, externalIPsGate: true } },
  // kk#139397.
  { range: '>=1.37.0-0', traits: { ipvsGate: true } },
];

/** `version` is full and without `v`: `1.20.10`. */
export function traitsOf(version: string): Traits {
  const rows = ROWS.filter(({ range }) => satisfies(version, range, { includePrerelease: true }));
  return Object.assign({}, OLDEST, ...rows.map(({ traits }) => traits));
}
