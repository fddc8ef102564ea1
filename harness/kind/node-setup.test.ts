import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Ends } from '../ends/ends.js';
import type { UsedChange } from '../journal/journal.js';
import { Docker } from './docker.js';
import { setUpNodes } from './node-setup.js';
import { StandIns, TWO_NODES } from './stand-in.js';

const nodes = TWO_NODES.nodes.map(({ name, role, ip }) => ({ name, role, ip, container: `lab-${name}` }));
const device = { name: 'ens36', up: false, addresses: ['10.9.0.1/32'] };
const specOf = (more: object) => ({ nodes: TWO_NODES.nodes.map((node, i) => (i === 1 ? { ...node, ...more } : node)) });

/** What nodes were asked to do, a line each; a device that is asked for by name is not there yet. */
function world(folder: string, lines = '') {
  const docker = `${lines}\ncase "$*" in *'sysctl -n '*) echo 2 ;; *'link show'*) exit 1 ;; esac`;
  const standIns = new StandIns(folder, { docker });
  const asked = () =>
    standIns.calls('docker').map(({ text }) => text.replace(/^exec /, '').replace(/sh -c .* sh /s, 'ADD '));
  return { asked, cluster: { docker: new Docker(), nodes } };
}

/** What stands in the journal, as it changes. */
function journal() {
  const noted: string[][] = [];
  const noting = ({ container, back }: UsedChange) => {
    const words = [container, ...back];
    noted.push(words);
    return () => void noted.splice(noted.indexOf(words), 1);
  };
  return { noted, noting };
}

const SYSCTLS = { 'net.ipv4.conf.all.rp_filter': '1' };
const BACK = [
  ['lab-w1', 'sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=2'],
  ['lab-w1', 'ip', 'link', 'del', 'ens36'],
];

t.test('sysctls and devices of a node are set, and set back in the opposite order', async (t) => {
  const { asked, cluster } = world(t.testdir());
  const ends = new Ends();
  const { noted, noting } = journal();
  await setUpNodes(cluster, specOf({ sysctls: SYSCTLS, devices: [device] }), ends, noting);
  t.strictSame(asked(), [
    'lab-w1 sysctl -n net.ipv4.conf.all.rp_filter',
    'lab-w1 sysctl -qw net.ipv4.conf.all.rp_filter=1',
    'lab-w1 ip link show dev ens36',
    'lab-w1 ADD ens36',
    'lab-w1 ip addr add 10.9.0.1/32 dev ens36',
  ]);
  t.strictSame(noted, BACK, 'what takes them back is in the journal');
  await ends.run();
  t.strictSame(asked().slice(5), BACK.map((words) => words.join(' ')).reverse());
  t.strictSame(noted, []);
});

t.test('each is noted before it is made: a run that is killed then has written it down', async (t) => {
  const folder = t.testdir();
  const { cluster } = world(
    folder,
    `case "$*" in *'sysctl -qw'*|*'link add'*) [ -e noted ] || exit 9; rm noted ;; esac`,
  );
  const noting = () => {
    writeFileSync(join(folder, 'noted'), '');
    return () => {};
  };
  await setUpNodes(cluster, specOf({ sysctls: SYSCTLS, devices: [device] }), new Ends(), noting);
});

t.test('a device that is to be up is brought up; a kernel that refuses is told in its words', async (t) => {
  const { asked, cluster } = world(t.testdir());
  await setUpNodes(cluster, specOf({ devices: [{ ...device, up: true }] }), new Ends());
  t.equal(asked().at(-1), 'lab-w1 ip link set ens36 up');
  const words = 'sysctl: cannot stat /proc/sys/net/x: No such file or directory';
  const refusing = world(t.testdir(), `case "$*" in *'-qw'*) echo '${words}' >&2; exit 1 ;; esac`);
  const { noted, noting } = journal();
  const ends = new Ends();
  await t.rejects(setUpNodes(refusing.cluster, specOf({ sysctls: { 'net.x': '1' } }), ends, noting), {
    message: `sysctl -qw net.x=1 on lab-w1: ${words}`,
  });
  t.strictSame(noted, [], 'what was not made is not taken back');
  const before = refusing.asked().length;
  await ends.run();
  t.equal(refusing.asked().length, before);
});

t.test("a device that is there already is nobody's to take away", async (t) => {
  const { asked, cluster } = world(t.testdir(), `case "$*" in *'link show'*) exit 0 ;; esac`);
  const ends = new Ends();
  const { noted, noting } = journal();
  const message = 'lab-w1 has a device ens36 already';
  await t.rejects(setUpNodes(cluster, specOf({ devices: [device] }), ends, noting), { message });
  await ends.run();
  t.strictSame([asked().length, noted], [1, []]);
});
