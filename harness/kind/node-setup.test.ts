import t from 'tap';
import { Ends } from '../ends/ends.js';
import { Docker } from './docker.js';
import { setUpNodes } from './node-setup.js';
import { StandIns, TWO_NODES } from './stand-in.js';

const nodes = TWO_NODES.nodes.map(({ name, role, ip }) => ({ name, role, ip, container: `lab-${name}` }));
const device = { name: 'ens36', up: false, addresses: ['10.9.0.1/32'] };
const specOf = (more: object) => ({ nodes: TWO_NODES.nodes.map((node, i) => (i === 1 ? { ...node, ...more } : node)) });

/** What nodes were asked to do, a line each. */
function world(folder: string, lines = '') {
  const standIns = new StandIns(folder, { docker: `${lines}\ncase "$*" in *'sysctl -n'*) echo 2 ;; esac` });
  const asked = () => standIns.calls('docker').map(({ words }) => [words[1], words[4], ...words.slice(6)].join(' | '));
  return { asked, cluster: { docker: new Docker(), nodes } };
}

t.test('sysctls and devices of a node are set, and set back in the opposite order', async (t) => {
  const { asked, cluster } = world(t.testdir());
  const ends = new Ends();
  await setUpNodes(cluster, specOf({ sysctls: { 'net.ipv4.conf.all.rp_filter': '1' }, devices: [device] }), ends);
  t.strictSame(asked(), [
    'lab-w1 | sysctl -n "$1" && sysctl -qw "$1=$2" | net.ipv4.conf.all.rp_filter | 1',
    'lab-w1 | ip link add "$1" type dummy 2>/dev/null || ip link add "$1" type bridge | ens36',
    'lab-w1 | ip addr add "$2" dev "$1" | ens36 | 10.9.0.1/32',
  ]);
  await ends.run();
  t.strictSame(asked().slice(3), [
    'lab-w1 | ip link del "$1" | ens36',
    'lab-w1 | sysctl -qw "$1=$2" | net.ipv4.conf.all.rp_filter | 2',
  ]);
});

t.test('a device that is to be up is brought up; a kernel that refuses is told in its words', async (t) => {
  const { asked, cluster } = world(t.testdir());
  await setUpNodes(cluster, specOf({ devices: [{ ...device, up: true }] }), new Ends());
  t.equal(asked().at(-1), 'lab-w1 | ip link set "$1" up | ens36');
  const refusing = world(
    t.testdir(),
    `echo 'sysctl: cannot stat /proc/sys/net/x: No such file or directory' >&2; exit 1`,
  );
  await t.rejects(setUpNodes(refusing.cluster, specOf({ sysctls: { 'net.x': '1' } }), new Ends()), {
    message: 'net.x 1 on lab-w1: sysctl: cannot stat /proc/sys/net/x: No such file or directory',
  });
});
