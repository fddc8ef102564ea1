import t from 'tap';
import { iptablesChainHash, nftablesChainBase } from './chains.js';

t.test('chains are named as kube-proxy names them; these two stand in its own tests', async (t) => {
  t.equal(iptablesChainHash('ns1/svc1:p80', 'TCP'), 'XPGD46QRK7WJZT7O');
  t.equal(nftablesChainBase('ns1/svc1:p80', 'TCP'), 'ULMVA6XW-ns1/svc1/tcp/p80');
});
