/** For laboratories and tests: a cluster as the plan gives it, but for its name and its nodes. */
import type { ClusterSpec } from '../scenario/model.js';

export const CLUSTER_PARTS: Omit<ClusterSpec, 'name' | 'nodes'> = {
  subnet: '172.30.0.0/24',
  podSubnet: '10.244.0.0/16',
  serviceSubnet: '10.96.0.0/16',
  kubeProxy: { mode: 'ipvs', strictARP: false, excludeCIDRs: [], featureGates: {} },
  apiServer: { admissionPlugins: [], endpoint: 'node' },
  kernel: '6.1',
  cni: { name: 'kindnet', encapsulation: 'none' },
  timing: { scale: 1 },
  addons: {},
  schedulers: [],
};
