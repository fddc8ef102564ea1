/** The texts of a snapshot: what looks like a command is one, and every part can be cited. */
import t from 'tap';
import { snapshot } from '../verdict/hand-written.js';
import { snapshotFiles } from './snapshot-files.js';

t.test('only commands that exist stand behind a prompt; each part has its anchor', async (t) => {
  const files = snapshotFiles(snapshot('01', { at: 5e6 }));
  const lines = files.flatMap(({ text }) => text.split('\n'));
  const prompted = lines.filter((line) => line.startsWith('$ ')).map((line) => line.split(' ')[1]);
  t.strictSame([...new Set(prompted)].sort(), ['ip', 'iptables', 'ipvsadm', 'kubectl', 'ss']);
  for (const name of ['counters', 'conditions', 'renewals', 'gateway', 'proxy mode', 'version']) {
    const at = lines.indexOf(`## ${name.replace(' ', '-')}`);
    t.ok(at >= 0 && lines[at + 1]?.startsWith(`# ${name} (`), name);
  }
});
