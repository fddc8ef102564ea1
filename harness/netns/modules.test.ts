/** The order comes from what the modules say of themselves; a name may be built in. */
import t from 'tap';
import { loadOrder } from './modules.js';

const module = (depends: string) => `ELF…\0license=GPL\0depends=${depends}\0name=x\0`;

t.test('what is depended on comes first, once, by either spelling', async (t) => {
  const folder = t.testdir({
    'modules.builtin': 'kernel/net/ipv4/netfilter/nf_defrag.ko\nkernel/lib/crc-ccitt.ko\n',
    kernel: {
      net: {
        'ip_vs.ko': module('nf_conntrack,crc_ccitt'),
        'ip_vs_rr.ko': module('ip_vs'),
        'nf-conntrack.ko': module('nf_defrag'),
        'dummy.ko': module(''),
      },
    },
  });
  const names = (paths: readonly string[]) => paths.map((path) => path.slice(path.lastIndexOf('/') + 1));
  const { paths, missing } = loadOrder(folder, ['ip_vs_rr', 'dummy', 'ip_vs']);
  t.same(names(paths), ['nf-conntrack.ko', 'ip_vs.ko', 'ip_vs_rr.ko', 'dummy.ko']);
  t.same(missing, []);
  t.same(loadOrder(folder, ['veth', 'dummy']).missing, ['veth'], 'all that are missing are named');
});
