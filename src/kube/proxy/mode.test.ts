/** Which configurations a version of kube-proxy takes. */
import t from 'tap';
import type { ClusterSpec } from '../../scenario/model.js';
import { traitsOf } from '../versions.js';
import { resolveMode } from './mode.js';

function resolve(version: string, mode: ClusterSpec['kubeProxy']['mode'], featureGates: Record<string, boolean> = {}) {
  return resolveMode({ mode, strictARP: false, excludeCIDRs: [], featureGates }, traitsOf(version));
}

t.test('nftables runs since 1.31, and behind its gate since 1.29', async (t) => {
  t.match(resolve('1.31.0', 'nftables'), { ok: true, config: { mode: 'nftables' } });
  t.match(resolve('1.29.3', 'nftables'), { ok: false });
  t.match(resolve('1.29.3', 'nftables', { NFTablesProxyMode: true }), { ok: true });
  t.match(resolve('1.28.0', 'nftables', { NFTablesProxyMode: true }), {
    ok: false,
    error: 'unrecognized feature gate: NFTablesProxyMode',
  });
});

t.test('the gate for external addresses exists since 1.36', async (t) => {
  t.match(resolve('1.36.0', 'ipvs', { AllowServiceExternalIPs: false }), { ok: true, config: { externalIPs: false } });
  t.match(resolve('1.36.0', 'ipvs'), { ok: true, config: { externalIPs: true } });
  t.match(resolve('1.35.0', 'ipvs', { AllowServiceExternalIPs: false }), { ok: false });
});

t.test('ipvs can be turned off from 1.37', async (t) => {
  t.match(resolve('1.37.0', 'ipvs', { KubeProxyIPVS: false }), { ok: false });
  t.match(resolve('1.37.0', 'ipvs'), { ok: true });
});

t.test('without kube-proxy there is no mode', async (t) => {
  t.equal(resolve('1.34.2', 'none'), undefined);
});
